/**
 * The view model of one customer's chat: the messages, the state, and what still has to reach the hub.
 *
 * The rule of this file: one request at a time, in order. `#work` sends the first request that is due (open, say,
 * leave, report) and waits for its answer; a request that failed is due again. A message keeps its id until the hub
 * has acknowledged it, so the hub stores a repeated one once. Numbers without a gap show that no message is missing.
 */
import type { Memory, Unsent } from './memory'
import type { ChatMessage, ChatLine, Listener, OpenAnswer, ChatRefusal } from './wire'

export type Phase = 'new' | 'resuming' | 'waiting' | 'paused' | 'active' | 'closed'
export type Mark = '' | 'sending' | 'sent' | 'failed' | 'too_many'
export type Bubble = Pick<ChatMessage, 'author' | 'author_name' | 'text' | 'at'> & { key: string; mark: Mark }

export type ChatView = {
  phase: Phase
  isOnline: boolean
  position: number | null
  minutes: number | null
  agentName: string
  isAgentTyping: boolean
  bubbles: Bubble[]
  unread: number
}

/** The customer and the page, as the host page describes them. `identity` is signed by the host site, or "". */
export type ChatCustomer = { language: string; page: string; name: string; identity: string }

export type Surroundings = {
  line: ChatLine
  memory: Memory
  customer: ChatCustomer
  newId(): string
  now(): number
  later(milliseconds: number, what: () => void): void
}

const RETRY_MS = 1000
const AGENT_TYPING_MS = 6000
const TYPING_EVERY_MS = 3000
const REPORT_AT_ONCE = 100
const LATER = new Set(['too_fast', 'try_again', 'unavailable']) // worth a repeat; any other refusal would come again

type Question = { event: string; data: object; answer: (given: object) => void; fail: (error: Error) => void }

export class Chat implements Listener {
  #messages: ChatMessage[] = []
  #pending: (Unsent & { mark: Mark })[] = [] // written here, and not yet received from the hub with a number
  #chatId = '' // the chat that the messages and numbers belong to
  #last = 0
  #state: OpenAnswer['state'] = ''
  #position: number | null = null
  #minutes: number | null = null
  #agentName = ''
  #beside = new Set<string>() // who has joined: they write beside the agent whose chat it is
  #agentTypedAt = -Infinity
  #typedAt = -Infinity
  #isUp = false
  #isOpened = false
  #isMissing = false // a higher number was heard: messages have to be fetched
  #isWorking = false
  #isSeen = false
  #leaving = ''
  #questions: Question[] = []
  #watchers = new Set<(view: ChatView) => void>()

  constructor(private readonly around: Surroundings) {
    this.#pending = around.memory.read().unsent.map((message) => ({ ...message, mark: 'sending' }))
  }

  /** Resumes a chat that is still open. Without one, the line stays closed until the customer writes. */
  start(): void {
    const kept = this.around.memory.read()
    if ((kept.chatId && !kept.isClosed) || this.#pending.length > 0) this.around.line.connect()
  }

  watch(watcher: (view: ChatView) => void): () => void {
    this.#watchers.add(watcher)
    watcher(this.view)
    return () => this.#watchers.delete(watcher)
  }

  get view(): ChatView {
    const read = this.around.memory.read().read
    return {
      phase: this.#phase(),
      isOnline: this.#isUp && this.#isOpened,
      position: this.#state === 'waiting' ? this.#position : null,
      minutes: this.#state === 'waiting' ? this.#minutes : null,
      agentName: this.#agentName,
      isAgentTyping: this.around.now() - this.#agentTypedAt < AGENT_TYPING_MS,
      bubbles: [...this.#messages.map(toBubble), ...this.#pending.map(pendingBubble)],
      unread: this.#messages.filter((message) => message.author === 'agent' && message.number > read).length,
    }
  }

  // The customer's actions.

  say(text: string, name = ''): void {
    const words = text.trim()
    if (!words) return
    if (name) this.around.memory.change({ name })
    const message = { id: this.around.newId(), text: words, at: this.around.now() }
    this.around.memory.addUnsent(message)
    this.#pending.push({ ...message, mark: 'sending' })
    this.around.line.connect()
    this.#changed()
    void this.#work()
  }

  typing(): void {
    if (!this.view.isOnline || this.around.now() - this.#typedAt < TYPING_EVERY_MS) return
    this.#typedAt = this.around.now()
    this.around.line.ask('typing', {}).catch(() => undefined) // it does not matter if this one is lost
  }

  /** Asks the hub something about this chat, in its turn. It waits for the line as a message does. */
  ask(event: string, data: object): Promise<object> {
    return new Promise((answer, fail) => {
      this.#questions.push({ event, data, answer, fail })
      this.around.line.connect()
      void this.#work()
    })
  }

  leave(): void {
    if (!this.#chatId) return
    this.#leaving = this.around.newId()
    void this.#work()
  }

  /** Tells the chat whether the customer can see it. */
  see(isSeen: boolean): void {
    this.#isSeen = isSeen
    if (isSeen && this.around.memory.read().chatId && !this.#isOpened) this.around.line.connect()
    void this.#work()
  }

  /** Clears a chat that has ended, so that the customer can begin another. */
  startAnew(): void {
    this.around.memory.forgetChat()
    this.#forget()
    this.#changed()
  }

  // The listener of the line.

  up(): void {
    this.#isUp = true
    this.#isOpened = false
    void this.#work()
  }

  down(): void {
    this.#isUp = false
    this.#isOpened = false
    this.#changed()
  }

  heard(event: string, data: unknown): void {
    if (event === 'message') this.#hear(data as ChatMessage)
    if (event === 'typing') this.#agentTypes()
    if (event === 'state' || event === 'position') {
      const told = data as Partial<Pick<OpenAnswer, 'state' | 'position' | 'minutes'>> & {
        number: number
        agent_name?: string
      }
      if (told.state !== undefined) this.#setState(told.state)
      else if (this.#state === '') this.#setState('waiting') // a late event with a place must not undo a later state
      this.#position = told.position ?? null
      this.#minutes = told.minutes ?? null
      if (told.agent_name) this.#agentName = told.agent_name
      if (told.number > this.#last) this.#isMissing = true
    }
    this.#changed()
    void this.#work()
  }

  // The requests that are due, one at a time.

  async #work(): Promise<void> {
    if (this.#isWorking) return
    this.#isWorking = true
    try {
      // an answer may be the reason for the next question, which comes after the last look
      while (this.#isUp && ((await this.#doNext()) || this.#questions.length > 0)) this.#changed()
      if (this.#state === 'closed' && this.#isOpened) this.around.line.close()
    } catch {
      this.around.later(RETRY_MS, () => void this.#work())
    } finally {
      this.#isWorking = false
      this.#changed()
    }
  }

  async #doNext(): Promise<boolean> {
    const kept = this.around.memory.read()
    const unsaid = this.#pending.find((message) => message.mark === 'sending')
    const question = this.#questions[0]
    const isDue = !this.#isOpened || this.#isMissing
    if (isDue && (kept.chatId || unsaid || question)) await this.#open()
    else if (isDue) return false
    else if (unsaid) await this.#say(unsaid)
    else if (this.#leaving) await this.#leave()
    else if (question) await this.#put(question)
    else return this.#report()
    return true
  }

  async #open(): Promise<void> {
    const { customer, memory } = this.around
    const kept = memory.read()
    this.#isMissing = false // a message that comes from here on may not be in this answer
    if (this.#chatId && kept.chatId !== this.#chatId) this.#drop() // another page of this browser has begun a new chat
    const answer = (await this.around.line.ask('open', {
      chat_id: kept.chatId,
      token: kept.token,
      language: customer.language,
      page: customer.page,
      name: kept.name || customer.name,
      identity: customer.identity,
      after: this.#last,
    })) as OpenAnswer | ChatRefusal
    if ('code' in answer) {
      if (answer.code === 'identity_refused') customer.identity = ''
      else if (answer.code === 'unknown_chat') {
        memory.forgetChat()
        this.#drop()
      } else throw new Error(answer.code)
      return
    }
    this.#chatId = answer.chat_id
    memory.change({ chatId: answer.chat_id, token: answer.token })
    for (const message of answer.messages) this.#keep(message)
    this.#setState(answer.state)
    this.#position = answer.position
    this.#minutes = answer.minutes
    this.#isOpened = true
    this.#isMissing ||= answer.has_more
  }

  async #say(message: Unsent & { mark: Mark }): Promise<void> {
    const answer = (await this.around.line.ask('say', { id: message.id, text: message.text })) as
      { ok: true } | ChatRefusal
    if ('code' in answer && answer.code === 'not_open') this.#isOpened = false
    else if ('code' in answer && LATER.has(answer.code)) throw new Error(answer.code)
    else {
      message.mark = 'code' in answer ? (answer.code.startsWith('too_many') ? 'too_many' : 'failed') : 'sent'
      this.around.memory.dropUnsent(message.id)
      if (this.#state === '') this.#setState('waiting')
    }
  }

  async #leave(): Promise<void> {
    const answer = (await this.around.line.ask('leave', { id: this.#leaving })) as { ok: true } | ChatRefusal
    if ('code' in answer) throw new Error(answer.code)
    this.#leaving = ''
    this.#setState('closed')
  }

  async #put(question: Question): Promise<void> {
    const answer = (await this.around.line.ask(question.event, question.data)) as object
    if ('code' in answer && answer.code === 'not_open') this.#isOpened = false
    else if ('code' in answer && LATER.has(String(answer.code))) throw new Error(String(answer.code))
    else {
      this.#questions.shift()
      question.answer(answer)
    }
  }

  /** Reports the agent's messages as delivered or read. Returns false if there is nothing to report. */
  async #report(): Promise<boolean> {
    const { delivered, read } = this.around.memory.read()
    const after = this.#isSeen ? read : Math.max(delivered, read)
    if (!this.#messages.some((message) => message.author === 'agent' && message.number > after)) return false
    const number = Math.min(this.#last, after + REPORT_AT_ONCE)
    const isRead = this.#isSeen
    const answer = (await this.around.line.ask('received', { after, number, is_read: isRead })) as object
    if ('code' in answer) throw new Error(String(answer.code))
    this.around.memory.change(isRead ? { read: number, delivered: number } : { delivered: number })
    return true
  }

  #hear(message: ChatMessage): void {
    if (message.author === 'agent') this.#agentTypedAt = -Infinity
    if (message.number === this.#last + 1) this.#keep(message)
    else if (message.number > this.#last) this.#isMissing = true
  }

  #keep(message: ChatMessage): void {
    if (message.number <= this.#last) return
    this.#last = message.number
    this.#messages.push(message)
    if (message.author === 'joined') this.#beside.add(message.author_name)
    const isOfAgent = message.author === 'agent' && !this.#beside.has(message.author_name)
    if (isOfAgent && message.author_name) this.#agentName = message.author_name
    this.#pending = this.#pending.filter((pending) => pending.id !== message.message_id)
    if (message.author === 'customer') this.around.memory.dropUnsent(message.message_id)
  }

  #agentTypes(): void {
    this.#agentTypedAt = this.around.now()
    this.around.later(AGENT_TYPING_MS, () => this.#changed())
  }

  #setState(state: OpenAnswer['state']): void {
    this.#state = state
    this.around.memory.change({ isClosed: state === 'closed' })
  }

  #phase(): Phase {
    if (this.#state) return this.#state
    if (this.#pending.length > 0) return 'waiting'
    return this.around.memory.read().chatId && !this.#isOpened ? 'resuming' : 'new'
  }

  /** Drops this chat; its unsent messages and questions go into the next one. */
  #drop(): void {
    const unsent = this.#pending.filter((message) => message.mark === 'sending')
    const unasked = this.#questions.splice(0)
    this.#forget()
    this.#pending = unsent
    this.#questions = unasked
  }

  #forget(): void {
    this.#messages = []
    this.#pending = []
    this.#chatId = ''
    this.#last = 0
    this.#state = ''
    this.#position = null
    this.#minutes = null
    this.#agentName = ''
    this.#beside.clear()
    this.#isOpened = false
    this.#isMissing = false
    this.#leaving = ''
    for (const question of this.#questions.splice(0)) question.fail(new Error('the chat is over'))
  }

  #changed(): void {
    const view = this.view
    for (const watcher of this.#watchers) watcher(view)
  }
}

function toBubble(message: ChatMessage): Bubble {
  const isOwn = message.author === 'customer'
  return { ...message, key: isOwn ? message.message_id : String(message.number), mark: isOwn ? 'sent' : '' }
}

function pendingBubble(message: Unsent & { mark: Mark }): Bubble {
  return {
    key: message.id,
    author: 'customer',
    author_name: '',
    text: message.text,
    at: message.at,
    mark: message.mark,
  }
}
