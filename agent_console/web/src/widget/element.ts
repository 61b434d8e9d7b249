/**
 * The custom element <hub-chat>: a shadow root with the window in it.
 *
 * Attributes: `language` (else the page's), `name` of the customer, `identity` as the host site signed it,
 * `organisation` for the title, `theme` ("light" or "dark", else the system's).
 *
 * The rule of this file: adopted style sheets, which a host page's content security policy allows.
 */
import tokens from '../shared/tokens.css?inline'
import { browserKeeper, tabKeeper } from '../shared/storage'
import { Chat } from './chat'
import { nameOwner } from './owner'
import { openLine } from './line'
import { Memory } from './memory'
import { showWidget } from './widget'
import style from './widget.css?inline'
import { wordsIn } from './words'

export function defineElement(origin: string): void {
  if (customElements.get('hub-chat')) return
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(hostTokens(tokens) + style)

  class HubChat extends HTMLElement {
    #end = (): void => undefined

    connectedCallback(): void {
      const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
      shadow.adoptedStyleSheets = [sheet]
      const language = this.getAttribute('language') || document.documentElement.lang || navigator.language
      const customer = {
        language,
        page: location.href.slice(0, 500),
        name: this.getAttribute('name') ?? '',
        identity: this.getAttribute('identity') ?? '',
      }
      const line = openLine(origin, () => chat)
      const chat: Chat = new Chat({
        line,
        memory: new Memory(browserKeeper, `hub-chat:${origin}:${nameOwner(customer)}`),
        customer,
        newId,
        now: Date.now,
        later: (milliseconds, what) => void setTimeout(what, milliseconds),
      })
      this.lang = language
      const organisation = this.getAttribute('organisation') ?? ''
      const texts = {
        words: wordsIn(language),
        language,
        organisation,
        asksName: !customer.name && !customer.identity,
      }
      const hide = showWidget(shadow, chat, texts, tabKeeper)
      this.#end = () => {
        hide()
        line.close()
      }
      chat.start()
    }

    disconnectedCallback(): void {
      this.#end()
    }
  }
  customElements.define('hub-chat', HubChat)
}

/** The tokens stand on the root of a page; here the element is the root. */
function hostTokens(css: string): string {
  return css.replace(/:root\[data-([^\]]*)\]/g, ':host([$1])').replaceAll(':root', ':host')
}

/** Unguessable and unique; `randomUUID` is missing on pages without TLS. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
