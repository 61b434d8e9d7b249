/** The chat against a hub that can refuse, fail to answer, or forget a chat. */
import { beforeEach, describe, expect, test } from 'vitest'
import { memoryStorage } from '../shared/storage'
import { FakeHub } from './cast'
import { Chat } from './chat'
import { Memory } from './memory'
import type { ChatLine } from './wire'

let hub: FakeHub
let storage: ReturnType<typeof memoryStorage>
let now: number
let timers: (() => void)[]
let ids: number

beforeEach(() => {
  hub = new FakeHub()
  storage = memoryStorage()
  now = 1000
  timers = []
  ids = 0
})

/** Opens a page with the widget; `isUp` says whether its line is up. */
function openPage(identity = '') {
  const page = { isUp: false, wantsLine: false, chat: undefined as unknown as Chat }
  const line: ChatLine = {
    connect: () => void (page.wantsLine = true),
    close: () => {
      page.wantsLine = false
      page.isUp = false
      page.chat.down()
    },
    ask: async (event, data) => {
      await Promise.resolve()
      if (!page.isUp) throw new Error('down')
      return hub.ask(event, data)
    },
  }
  page.chat = new Chat({
    line,
    memory: new Memory(storage, 'chat'),
    customer: { language: 'en', page: '/cards', name: '', identity },
    newId: () => `m${++ids}`,
    now: () => now,
    later: (_, what) => void timers.push(what),
  })
  return page
}

const settle = async () => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
}

async function up(page: ReturnType<typeof openPage>): Promise<void> {
  page.isUp = true
  page.chat.up()
  await settle()
}

const texts = (page: ReturnType<typeof openPage>) =>
  page.chat.view.bubbles.map((bubble) => [bubble.text, bubble.mark])

describe('a new chat', () => {
  test('opens no line until the customer writes', () => {
    const page = openPage()
    page.chat.start()
    page.chat.see(true)
    expect([page.wantsLine, page.chat.view.phase]).toEqual([false, 'new'])
    page.chat.say('  Where is my card?  ', 'Gus')
    expect(page.wantsLine).toBe(true)
    expect(texts(page)).toEqual([['Where is my card?', 'sending']])
  })

  test('opens, sends the message, and marks it as sent once it is acknowledged', async () => {
    const page = openPage()
    page.chat.say('Hello', 'Gus')
    await up(page)
    expect(hub.asked.map((one) => one.event)).toEqual(['open', 'say'])
    expect(hub.said('open')[0]).toMatchObject({ chat_id: '', name: 'Gus', language: 'en', page: '/cards', after: 0 })
    expect(texts(page)).toEqual([['Hello', 'sent']])
    expect(page.chat.view.phase).toBe('waiting')
  })

  test('shows the place in the queue, then the agent', async () => {
    const page = openPage()
    page.chat.say('Hello')
    await up(page)
    page.chat.heard('position', { position: 2, minutes: 3, number: 1 })
    expect([page.chat.view.phase, page.chat.view.position, page.chat.view.minutes]).toEqual(['waiting', 2, 3])
    page.chat.heard('state', { state: 'active', number: 1, agent_name: 'Ada' })
    expect([page.chat.view.phase, page.chat.view.position, page.chat.view.agentName]).toEqual(['active', null, 'Ada'])
  })

  test('is paused while its customer is on the phone, and a late event with a place does not change that', async () => {
    const page = openPage()
    page.chat.say('Hello')
    await up(page)
    page.chat.heard('state', { state: 'paused', number: 1 })
    page.chat.heard('position', { position: 2, minutes: 3, number: 1 })
    expect([page.chat.view.phase, page.chat.view.position]).toEqual(['paused', null])
    page.chat.say('Are you there?')
    expect(page.chat.view.phase).toBe('paused')
    page.chat.heard('state', { state: 'waiting', number: 1 })
    page.chat.heard('position', { position: 1, minutes: null, number: 1 })
    expect([page.chat.view.phase, page.chat.view.position]).toEqual(['waiting', 1])
  })

  test('opens without an identity if the hub refuses it', async () => {
    const page = openPage('stale')
    hub.refuse = [{ code: 'identity_refused' }]
    page.chat.say('Hello')
    await up(page)
    expect(hub.said('open').map((data) => data.identity)).toEqual(['stale', ''])
    expect(hub.messages).toHaveLength(1)
  })
})

describe('an unacknowledged message', () => {
  test('is sent again under the same id after a lost answer', async () => {
    const page = openPage()
    page.chat.say('Hello')
    hub.refuse = [undefined, new Error('no answer came')]
    await up(page)
    expect(texts(page)).toEqual([['Hello', 'sending']])
    timers.forEach((run) => run())
    await settle()
    expect(hub.said('say').map((data) => data.id)).toEqual(['m1', 'm1'])
    expect(texts(page)).toEqual([['Hello', 'sent']])
  })

  test('is sent again after a reload, in order, and appears once', async () => {
    const first = openPage()
    first.chat.say('one')
    await up(first)
    first.isUp = false
    first.chat.down()
    first.chat.say('two')
    first.chat.say('three')

    const second = openPage()
    second.chat.start()
    expect(second.wantsLine).toBe(true)
    await up(second)
    expect(hub.messages.map((message) => message.text)).toEqual(['one', 'two', 'three'])
    expect(hub.opened).toBe(1)
    hub.messages.forEach((message) => second.chat.heard('message', message))
    await settle()
    expect(texts(second)).toEqual([
      ['one', 'sent'],
      ['two', 'sent'],
      ['three', 'sent'],
    ])
  })

  test('waits a moment if the hub says that it came too fast', async () => {
    const page = openPage()
    page.chat.say('Hello')
    hub.refuse = [undefined, { code: 'too_fast' }]
    await up(page)
    expect(hub.said('say')).toHaveLength(1)
    timers.forEach((run) => run())
    await settle()
    expect(texts(page)).toEqual([['Hello', 'sent']])
  })

  test('is marked as failed if the hub will never take it, and the next one is sent', async () => {
    const page = openPage()
    page.chat.say('bad')
    page.chat.say('good')
    hub.refuse = [undefined, { code: 'bad_request' }]
    await up(page)
    expect(texts(page)).toEqual([
      ['bad', 'failed'],
      ['good', 'sent'],
    ])
    expect(new Memory(storage, 'chat').read().unsent).toEqual([])
  })

  test('is marked as too many if the hub says so, and the next one is sent', async () => {
    const page = openPage()
    page.chat.say('much')
    page.chat.say('good')
    hub.refuse = [undefined, { code: 'too_many_messages' }]
    await up(page)
    expect(texts(page)).toEqual([
      ['much', 'too_many'],
      ['good', 'sent'],
    ])
  })

  test('begins a new chat if the hub does not know the old one', async () => {
    new Memory(storage, 'chat').change({ chatId: 'old', token: 'stale' })
    const page = openPage()
    page.chat.say('Hello')
    await up(page)
    expect(hub.said('open').map((data) => data.chat_id)).toEqual(['old', ''])
    expect(hub.messages.map((message) => message.text)).toEqual(['Hello'])
  })
})

describe('an event from the hub', () => {
  async function talk() {
    const page = openPage()
    page.chat.say('Hello')
    await up(page)
    page.chat.heard('message', hub.messages[0])
    await settle()
    return page
  }

  test('with a message shows it once, however often it comes', async () => {
    const page = await talk()
    const answer = hub.add('agent', 'Good morning.')
    page.chat.heard('message', answer)
    page.chat.heard('message', answer)
    expect(texts(page)).toEqual([
      ['Hello', 'sent'],
      ['Good morning.', ''],
    ])
  })

  test('after a gap makes the chat fetch the missing messages, in order', async () => {
    const page = await talk()
    hub.add('agent', 'one')
    page.chat.heard('message', hub.add('agent', 'two'))
    await settle()
    expect(hub.said('open').at(-1)).toMatchObject({ after: 1, chat_id: 'chat1' })
    expect(page.chat.view.bubbles.map((bubble) => bubble.text)).toEqual(['Hello', 'one', 'two'])
  })

  test('that comes while messages are fetched is shown exactly once', async () => {
    const page = await talk()
    hub.add('agent', 'one')
    page.isUp = false
    page.chat.down()
    hub.meanwhile = () => {
      hub.meanwhile = () => undefined
      page.chat.heard('message', hub.messages[1]) // also in the answer
      page.chat.heard('message', hub.add('agent', 'two'))
      page.chat.heard('message', hub.add('agent', 'three'))
    }
    await up(page)
    expect(page.chat.view.bubbles.map((bubble) => bubble.text)).toEqual(['Hello', 'one', 'two', 'three'])
  })

  test('that comes before the first answer is fetched after it', async () => {
    const page = openPage()
    new Memory(storage, 'chat').change({ chatId: 'chat1', token: 'token' })
    hub.add('agent', 'one')
    hub.meanwhile = () => {
      hub.meanwhile = () => undefined
      page.chat.heard('message', hub.add('agent', 'two'))
    }
    page.chat.start()
    await up(page)
    expect(page.chat.view.bubbles.map((bubble) => bubble.text)).toEqual(['one', 'two'])
  })

  test('may stand for many messages, which are fetched page by page', async () => {
    hub.page = 2
    new Memory(storage, 'chat').change({ chatId: 'chat1', token: 'token' })
    for (const text of ['1', '2', '3', '4', '5']) hub.add('agent', text)
    const page = openPage()
    page.chat.start()
    await up(page)
    expect(page.chat.view.bubbles.map((bubble) => bubble.text)).toEqual(['1', '2', '3', '4', '5'])
  })

  test('with a state and a higher number makes the chat fetch what it missed', async () => {
    const page = await talk()
    hub.add('agent', 'missed')
    page.chat.heard('state', { state: 'active', number: 2, agent_name: 'Ada' })
    await settle()
    expect(page.chat.view.bubbles.map((bubble) => bubble.text)).toEqual(['Hello', 'missed'])
  })

  test('with a message is reported as delivered at once, and as read when the customer sees it', async () => {
    const page = await talk()
    page.chat.heard('message', hub.add('agent', 'Good morning.'))
    await settle()
    expect(hub.said('received')).toEqual([{ after: 0, number: 2, is_read: false }])
    expect(page.chat.view.unread).toBe(1)
    page.chat.see(true)
    await settle()
    expect(hub.said('received').at(-1)).toEqual({ after: 0, number: 2, is_read: true })
    expect(page.chat.view.unread).toBe(0)
    page.chat.see(true)
    await settle()
    expect(hub.said('received')).toHaveLength(2)
  })

  test('of typing ends by itself or when the message comes', async () => {
    const page = await talk()
    page.chat.heard('typing', {})
    expect(page.chat.view.isAgentTyping).toBe(true)
    now += 6000
    expect(page.chat.view.isAgentTyping).toBe(false)
    page.chat.heard('typing', {})
    page.chat.heard('message', hub.add('agent', 'There.'))
    expect(page.chat.view.isAgentTyping).toBe(false)
  })
})

describe('the end', () => {
  test('is reported to the hub, closes the line, and allows a new chat', async () => {
    const page = openPage()
    page.chat.say('Hello')
    await up(page)
    page.chat.leave()
    await settle()
    expect(hub.said('leave')).toEqual([{ id: 'm2' }])
    expect([page.chat.view.phase, page.wantsLine]).toEqual(['closed', false])
    page.chat.startAnew()
    expect([page.chat.view.phase, page.chat.view.bubbles]).toEqual(['new', []])
    hub.messages = []
    page.chat.say('Another thing')
    await up(page)
    expect(hub.opened).toBe(2)
  })

  test('stays after a reload: the chat can be read again, and opens no line before that', async () => {
    const first = openPage()
    first.chat.say('Hello')
    await up(first)
    hub.state = 'closed'
    first.chat.heard('state', { state: 'closed', number: 1 })
    await settle()
    const second = openPage()
    second.chat.start()
    expect(second.wantsLine).toBe(false)
    second.chat.see(true)
    expect(second.wantsLine).toBe(true)
    await up(second)
    expect(second.chat.view).toMatchObject({ phase: 'closed', bubbles: [{ text: 'Hello' }] })
  })
})

test('leaving a chat that has not begun does nothing, also to the next chat', async () => {
  const page = openPage()
  page.chat.leave()
  page.chat.say('Hello')
  await up(page)
  expect(hub.said('leave')).toEqual([])
})

test('typing is reported at most every three seconds', async () => {
  const page = openPage()
  page.chat.typing()
  page.chat.say('Hello')
  await up(page)
  page.chat.typing()
  page.chat.typing()
  now += 3000
  page.chat.typing()
  await settle()
  expect(hub.said('typing')).toHaveLength(2)
})

test('a page switches to the new chat that another page of the browser has begun', async () => {
  const page = openPage()
  page.chat.say('Hello')
  await up(page)
  new Memory(storage, 'chat').change({ chatId: 'chat7' })
  hub.messages = []
  page.chat.down()
  await up(page)
  expect(hub.said('open').at(-1)).toMatchObject({ chat_id: 'chat7', after: 0 })
  expect(page.chat.view.bubbles).toEqual([])
})

test('a memory that cannot be read counts as empty', () => {
  for (const text of ['{', '[]', '{"unsent": 7}', '{"chatId": 7}', 'null']) {
    storage.setItem('chat', text)
    expect(new Memory(storage, 'chat').read()).toMatchObject({ chatId: '', unsent: [] })
  }
})

describe('a question about the chat', () => {
  test('opens the line, comes in its turn, and may be followed by another at once', async () => {
    const page = openPage()
    const asked = page.chat.ask('call_times', {}).then(() => page.chat.ask('ask_call', { id: 'w1' }))
    expect(page.wantsLine).toBe(true)
    await up(page)
    await asked
    expect(hub.asked.map(({ event }) => event)).toEqual(['open', 'call_times', 'ask_call'])
  })

  test('is asked again after a lost answer, and a refusal is its answer', async () => {
    const page = openPage()
    const asked = page.chat.ask('ask_call', { id: 'w1' })
    hub.refuse = [undefined, new Error('lost'), undefined, { code: 'too_many_calls' }]
    await up(page)
    for (let turn = 0; turn < 2; turn += 1) {
      for (const timer of timers.splice(0)) timer()
      await settle()
    }
    await expect(asked).resolves.toBeDefined()
    expect(hub.said('ask_call').every((data) => data.id === 'w1')).toBe(true)
  })
})
