import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { NumberedEvent, ResumeAnswer } from '../../generated/wire'
import { HeldLine, numbered, settled, snapshot } from './cast'
import { Feed } from './feed.svelte'

const away = (reason: string) =>
  ({
    kind: 'agent_changed',
    agent: { state: 'unavailable', reason, since: 0, wish: null, wish_reason: '', load: 0, has_phone: true },
  }) as const

/** Events 11, 12, 13, ...: the agent's reason shows which of them was applied last. */
const EVENTS = numbered(11, away('break'), away('lunch'), away('meeting'), away('training'), away('paperwork'))

function openFeed(line = new HeldLine()) {
  const seen: string[] = []
  const feed = new Feed((number) => line.resume(number), {
    onSnapshot: () => void seen.push('snapshot'),
    onApplied: (event, after, before) => void seen.push(`${event.kind} ${before.number}-${after.number}`),
    onStanding: () => void seen.push('standing'),
  })
  return { feed, line, seen }
}

const stands = (feed: Feed) => [feed.snapshot?.number, feed.snapshot?.agent.reason]

describe('the feed', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('begins with a snapshot and is then up to date', async () => {
    const { feed, line, seen } = openFeed()
    await feed.resume()
    expect(line.resumes).toEqual([null])
    expect(seen).toEqual(['snapshot', 'standing'])
  })

  test('applies each event once and in order', async () => {
    const { feed, seen } = openFeed()
    await feed.resume()
    for (const event of [EVENTS[0]!, EVENTS[0]!, EVENTS[1]!, EVENTS[0]!]) feed.receive(event)
    expect(stands(feed)).toEqual([12, 'lunch'])
    expect(seen.filter((line) => line.startsWith('agent'))).toEqual(['agent_changed 10-11', 'agent_changed 11-12'])
  })

  test('sees a gap, asks for what follows its number, and applies the events that waited', async () => {
    const { feed, line } = openFeed()
    await feed.resume()
    line.resumed = (number) => ({
      snapshot: null,
      events: EVENTS.filter((event) => event.number > (number ?? 0)).slice(0, 2),
    })
    feed.receive(EVENTS[2]!)
    expect(stands(feed)).toEqual([10, ''])
    feed.receive(EVENTS[3]!)
    await settled()
    expect(line.resumes).toEqual([null, 10])
    expect(stands(feed)).toEqual([14, 'training'])
  })

  test('comes to the same snapshot in whatever order the events arrive', async () => {
    const orders: NumberedEvent[][] = [EVENTS, [...EVENTS].reverse(), [2, 0, 4, 1, 3, 0].map((at) => EVENTS[at]!)]
    for (const order of orders) {
      const { feed, line } = openFeed()
      await feed.resume()
      line.resumed = (number) => ({ snapshot: null, events: EVENTS.filter((event) => event.number > (number ?? 0)) })
      for (const event of order) {
        feed.receive(event)
        await settled()
      }
      expect(stands(feed)).toEqual([15, 'paperwork'])
    }
  })

  test('takes a fresh snapshot if too much was missed', async () => {
    const { feed, line, seen } = openFeed()
    await feed.resume()
    line.resumed = () => ({ snapshot: snapshot({ number: 40 }), events: null })
    feed.receive({ number: 30, event: away('lunch') })
    await settled()
    expect(stands(feed)).toEqual([40, ''])
    expect(seen.at(-1)).toBe('standing')
  })

  test('asks again while there is no answer, and stops once the line is lost', async () => {
    const { feed, line } = openFeed()
    line.isUp = false
    void feed.resume()
    await vi.advanceTimersByTimeAsync(2500)
    expect(line.resumes).toHaveLength(3)
    feed.lost()
    await vi.advanceTimersByTimeAsync(5000)
    expect(line.resumes).toHaveLength(3)
  })

  test('ignores an answer that was asked for on a line since lost', async () => {
    const late: ((answer: ResumeAnswer) => void)[] = []
    const { feed, seen } = openFeed(
      Object.assign(new HeldLine(), { resume: () => new Promise<ResumeAnswer>((resolve) => late.push(resolve)) }),
    )
    void feed.resume()
    feed.lost()
    void feed.resume()
    late[0]?.({ snapshot: snapshot({ number: 3 }), events: null })
    await settled()
    expect(seen).toEqual([])
    late[1]?.({ snapshot: snapshot({ number: 12 }), events: null })
    await settled()
    expect(feed.snapshot?.number).toBe(12)
  })
})
