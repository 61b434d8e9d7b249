/** The entry of the script that a host page loads: <script src="https://hub.example/widget/hub-chat.js"></script>
 * and <hub-chat></hub-chat>. */
import { defineElement } from './element'

const script = document.currentScript
defineElement(script instanceof HTMLScriptElement && script.src ? new URL(script.src).origin : location.origin)
