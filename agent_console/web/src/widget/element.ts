/**
 * The custom element <hub-chat>, with the chat window in its shadow root.
 *
 * Attributes: `language` (else the page's), `name` of the customer, `identity` signed by the host site,
 * `organisation` for the title, `theme` ("light" or "dark", else the system's).
 *
 * The rule of this file: styles are adopted style sheets, because a host page's content security policy allows them.
 */
import tokens from '../shared/tokens.css?inline'
import { browserStorage, tabStorage } from '../shared/storage'
import { Chat } from './chat'
import { nameOwner } from './owner'
import { openChatLine } from './chat-line'
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
      const line = openChatLine(origin, () => chat)
      const chat: Chat = new Chat({
        line,
        memory: new Memory(browserStorage, `hub-chat:${origin}:${nameOwner(customer)}`),
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
        newId,
      }
      const hide = showWidget(shadow, chat, texts, tabStorage)
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

/** Moves the tokens from the root of a page (`:root`) to the element (`:host`). */
function hostTokens(css: string): string {
  return css.replace(/:root\[data-([^\]]*)\]/g, ':host([$1])').replaceAll(':root', ':host')
}

/** A random, unguessable id. `randomUUID` would be missing on pages without TLS. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
