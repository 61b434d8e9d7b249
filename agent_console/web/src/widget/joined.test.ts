/** Somebody who has joined a chat writes beside the agent whose chat it is. */
import { expect, test } from 'vitest'
import { memoryStorage } from '../shared/storage'
import { Chat } from './chat'
import { Memory } from './memory'

test('the customer reads who has joined, and still whose chat it is', () => {
  const chat = new Chat({
    line: { connect: () => undefined, close: () => undefined, ask: () => Promise.resolve({ ok: true }) },
    memory: new Memory(memoryStorage(), 'chat'),
    customer: { language: 'en', page: '/', name: '', identity: '' },
    newId: () => 'm1',
    now: () => 1000,
    later: () => undefined,
  })
  let number = 0
  const hear = (author: string, author_name: string, text = '') =>
    chat.heard('message', { number: ++number, message_id: `m${number}`, author, author_name, text, at: 0 })
  hear('agent', 'Ada', 'Hello')
  hear('joined', 'Dot')
  hear('agent', 'Dot', 'Let me help')
  hear('left', 'Dot')
  expect(chat.view.agentName).toBe('Ada')
  expect(chat.view.bubbles.map(({ author }) => author)).toEqual(['agent', 'joined', 'agent', 'left'])
})
