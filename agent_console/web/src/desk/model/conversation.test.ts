/** What the middle column shows: the rows, the waiting customers, the earlier pages. */
import { describe, expect, test } from 'vitest'
import type { ConversationView } from '../../generated/wire'
import { gist, urgency, waitingSince } from './attention.svelte'
import { GUS, held, message, NOON, PIA, settled } from './cast'
import { CustomerHistory, Histories } from './history.svelte'
import { hasPausedChat } from './paused-chat'
import { liveOf, merge, rowsOf } from './timeline'

const HOUR = 3_600_000

describe('the timeline', () => {
  test('puts all pages in one order, each message once, in its live version', () => {
    const earlier = [message('m1', 'customer', 'Hello', NOON - HOUR), message('m2', 'agent', 'old', NOON)]
    const live = [message('m2', 'agent', 'new', NOON), message('m3', 'customer', 'Danke', NOON + 1)]
    expect(merge(earlier, live).map(({ id, text }) => [id, text])).toEqual([
      ['m1', 'Hello'],
      ['m2', 'new'],
      ['m3', 'Danke'],
    ])
  })

  test("shows all of the customer's interactions in hand, and nobody else's", () => {
    const text = held('sms', PIA, [message('m1', 'agent', 'On its way')])
    const chat = held('chat', GUS, [message('m2', 'customer', 'Hi')])
    expect(liveOf(PIA.id, [text, held('call', PIA), chat]).map(({ id }) => id)).toEqual(['m1'])
  })

  test('separates the days and joins messages that belong together', () => {
    const rows = rowsOf([
      message('m1', 'customer', 'a', NOON - 24 * HOUR),
      message('m2', 'customer', 'b', NOON),
      message('m3', 'customer', 'c', NOON + 1000),
      message('m4', 'agent', 'd', NOON + 2000),
    ])
    expect(rows.map((row) => (row.kind === 'message' ? row.isJoined : row.kind))).toEqual([
      'day',
      false,
      'day',
      false,
      true,
      false,
    ])
  })

  test('shows one channel alone on request, without the days that this empties', () => {
    const mail = { ...message('m1', 'customer', 'mail', NOON - 48 * HOUR), channel: 'email' as const }
    const rows = rowsOf([mail, message('m2', 'customer', 'chat')], [], 'webchat')
    expect(rows.map(({ kind }) => kind)).toEqual(['day', 'message'])
  })

  test('shows a message of a paused chat once: as itself if the chat is on the page too', () => {
    const said = message('m1', 'customer', 'Are you there?')
    const data = { channel: 'webchat', text: 'Are you there?' }
    const told = { ...message('m2', 'fact', ''), channel: 'phone' as const, fact: 'wrote_elsewhere', data }
    expect(rowsOf([said, told]).map(({ kind }) => kind)).toEqual(['day', 'message'])
    expect(rowsOf([told]).map(({ kind }) => kind)).toEqual(['day', 'fact'])
    expect(rowsOf([said, told], [], 'phone').map(({ kind }) => kind)).toEqual(['day', 'fact'])
  })
})

describe('the customer waits', () => {
  test('from the first message that nobody answered', () => {
    const words = [
      message('m1', 'customer', 'a', NOON),
      message('m2', 'agent', 'b', NOON + 1),
      message('m3', 'customer', 'c', NOON + 2),
      message('m4', 'customer', 'd', NOON + 3),
    ]
    expect(waitingSince(words)).toBe(NOON + 2)
    expect(waitingSince(words.slice(0, 2))).toBeNull()
  })

  test('also after an automatic answer', () => {
    const automatic = { ...message('m2', 'agent', 'We have your mail', NOON + 1), is_automatic: true }
    expect(waitingSince([message('m1', 'customer', 'a', NOON), automatic])).toBe(NOON)
    expect(waitingSince([message('m1', 'agent', 'a', NOON), message('m2', 'participant', 'b', NOON + 1)])).toBe(
      NOON + 1,
    )
  })

  test('as long as the channel allows', () => {
    expect(urgency('webchat', 59_000)).toBe('calm')
    expect(urgency('webchat', 61_000)).toBe('soon')
    expect(urgency('webchat', 181_000)).toBe('late')
    expect(urgency('email', 181_000)).toBe('calm')
  })
})

describe('the earlier conversation', () => {
  const page = (id: string, at: number, has_more: boolean): ConversationView => ({
    messages: [message(id, 'customer', id, at)],
    counts: { webchat: 2 },
    has_more,
  })

  test('comes page by page, each before the earliest message on the screen', async () => {
    const asked: (number | undefined)[] = []
    const pages = [page('m2', NOON, true), page('m1', NOON - HOUR, false)]
    const history = new CustomerHistory('c-pia', (_, before) => {
      asked.push(before)
      return Promise.resolve(pages.shift()!)
    })
    await history.load()
    expect(history.hasMore).toBe(true)
    await history.load()
    expect(asked).toEqual([undefined, NOON])
    expect(history.messages.map(({ id }) => id)).toEqual(['m1', 'm2'])
    expect(history.hasMore).toBe(false)
  })

  test('can be asked for again after a failure', async () => {
    let fails = true
    const history = new CustomerHistory('c-pia', () =>
      fails ? Promise.reject(new Error('unreachable')) : Promise.resolve(page('m1', NOON, false)),
    )
    await history.load()
    expect(history.state).toBe('failed')
    fails = false
    await history.load()
    expect(history.state).toBe('loaded')
  })

  test('is asked for again by itself once the line is back', async () => {
    let fails = true
    const histories = new Histories(() =>
      fails ? Promise.reject(new Error('unreachable')) : Promise.resolve(page('m1', NOON, false)),
    )
    await histories.of('c-pia').load()
    fails = false
    histories.again()
    await settled()
    expect(histories.of('c-pia').state).toBe('loaded')
  })
})

test('a picture without a text is shown by its name', () => {
  const picture = { ref: 'r1', name: 'attachment-1.png', content_type: 'image/png', size: 3, url: '', is_recording: false }
  expect(gist({ ...message('m1', 'customer', ''), media: [picture] })).toBe('attachment-1.png')
  expect(gist({ ...message('m1', 'customer', 'Så här'), media: [picture] })).toBe('Så här')
})

test('a call says that its customer also waits in a chat, until the customer leaves the chat', () => {
  const fact = (name: string) => ({ ...message(name, 'fact', ''), fact: name })
  expect(hasPausedChat({ messages: [fact('entered')] })).toBe(false)
  expect(hasPausedChat({ messages: [fact('linked'), fact('wrote_elsewhere')] })).toBe(true)
  expect(hasPausedChat({ messages: [fact('linked'), fact('left_elsewhere')] })).toBe(false)
})
