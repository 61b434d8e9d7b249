/** The model of the board: how late a queue is, which agents need a supervisor, and the sentence on top. */
import { describe, expect, test } from 'vitest'
import type { AgentLine, QueueBoard, ServiceLine, WallboardView } from '../../generated/wire'
import { findSentence } from './finding'
import { countCrew, sortAgents, toneOfAgent } from './people'
import { findLatest, shareAbandoned, sortQueues, targetOfAll, toneOfShare, toneOfWait, wholeOf } from './service'

const NOW = 1_000_000_000

function line(fields: Partial<ServiceLine> & { waited?: number } = {}): ServiceLine {
  const { waited, ...rest } = fields
  return {
    waiting: waited === undefined ? 0 : 1,
    oldest_at: waited === undefined ? null : NOW - waited * 1000,
    threshold_seconds: waited === undefined ? null : 20,
    answered: 0,
    in_time: 0,
    share_in_time: null,
    share_in_time_half_hour: null,
    abandoned: 0,
    counts: {},
    average_answer_seconds: null,
    ...rest,
  }
}

function queue(id: string, fields: Partial<QueueBoard> = {}): QueueBoard {
  const names = { en: id }
  return {
    queue: id,
    names,
    channels: ['phone'],
    threshold_seconds: 20,
    target: 0.8,
    line: line(),
    tiers: [],
    ...fields,
  }
}

function agent(name: string, doing: AgentLine['doing'], seconds: number, queues = ['cards']): AgentLine {
  return {
    id: name,
    name,
    state: 'available',
    reason: '',
    since: NOW - seconds * 1000,
    queues,
    has_phone: true,
    doing,
    holds: {},
  }
}

function board(fields: Partial<WallboardView> = {}): WallboardView {
  const policy = {
    version: 1,
    organisation: '',
    languages: [],
    channels: [],
    attributes: [],
    currency: 'SEK',
    tiers: [],
    queues: [],
    dispositions: [],
    unavailable_reasons: [],
    purposes: [],
    boost_cap_seconds: 600,
    wall_ahead: 0,
  }
  const agents = [agent('Ada', 'busy', 10, ['cards', 'deposits', 'mail'])]
  return {
    at: NOW,
    wall_moved: null,
    queues: [],
    agents,
    waiting_by_channel: {},
    total: line(),
    short_abandoned: 0,
    arrivals: [],
    listeners: [],
    unanswered: [],
    policy,
    ...fields,
  }
}

describe('service', () => {
  test('is in time up to its threshold, late after it, and very late at more than six times', () => {
    const tone = (waited: number) => toneOfWait(wholeOf(queue('cards', { line: line({ waited }) })), NOW)
    expect([20, 21, 120, 121].map(tone)).toEqual(['ok', 'warn', 'warn', 'bad'])
    expect(toneOfWait(wholeOf(queue('cards')), NOW)).toBe('ok')
  })

  test('is good at its target and above, and while nothing was answered', () => {
    expect([null, 0.8, 0.79, 0.75, 0].map((share) => toneOfShare(share, 0.8))).toEqual([
      'ok',
      'ok',
      'warn',
      'bad',
      'bad',
    ])
  })

  test('is latest in the queue that is furthest over its own threshold', () => {
    const cards = queue('cards', { line: line({ waited: 40 }) })
    const mail = queue('mail', { line: line({ waited: 7200, threshold_seconds: 14_400 }) })
    expect(findLatest(board({ queues: [mail, cards] }), NOW)?.queue.queue).toBe('cards')
    expect(findLatest(board({ queues: [queue('cards')] }), NOW)).toBeNull()
  })

  test('of all queues has their targets as its own, weighed by what each queue answered', () => {
    const queues = [
      queue('cards', { target: 0.9, line: line({ answered: 300 }) }),
      queue('mail', { target: 0.7, line: line({ answered: 100 }) }),
    ]
    expect(targetOfAll(board({ queues }))).toBeCloseTo(0.85)
    expect(targetOfAll(board({ queues: [queue('a', { target: 0.9 }), queue('b', { target: 0.7 })] }))).toBeCloseTo(
      0.8,
    )
    expect(targetOfAll(board())).toBe(0)
  })

  test('counts the abandoned as a share of all who arrived and left or were answered', () => {
    expect(shareAbandoned(line({ answered: 97, abandoned: 3 }))).toBeCloseTo(0.03)
    expect(shareAbandoned(line())).toBeNull()
  })

  test('lists the worst queue first and keeps the order of equals', () => {
    const queues = [
      queue('deposits'),
      queue('texts'),
      queue('cards', { line: line({ waited: 30 }) }),
      queue('fraud', { line: line({ waited: 1 }) }), // no agent of this queue is at work
      queue('mail', { tiers: [{ tier: 'platinum', line: line({ share_in_time_half_hour: 0.1 }) }] }),
    ]
    const sorted = sortQueues(board({ queues }), NOW).map((one) => one.queue)
    expect(sorted).toEqual(['fraud', 'mail', 'cards', 'deposits', 'texts'])
  })
})

describe('agents', () => {
  const agents = [
    agent('Ada', 'busy', 600),
    agent('Ben', 'free', 9),
    agent('Cleo', 'wrap_up', 40),
    agent('Dario', 'wrap_up', 181),
    agent('Emre', 'not_responding', 75),
    agent('Fen', 'offline', 0),
    agent('Gita', 'away', 760),
    agent('Hana', 'busy', 700),
  ]

  test('are listed by how much they need a supervisor, without those who are offline', () => {
    expect(sortAgents(agents, NOW).map(({ name }) => name)).toEqual([
      'Emre',
      'Dario',
      'Cleo',
      'Gita',
      'Hana',
      'Ada',
      'Ben',
    ])
  })

  test('are marked when they do not answer or stay in wrap-up', () => {
    expect(agents.map((one) => toneOfAgent(one, NOW)).filter((tone) => tone !== 'ok')).toEqual(['warn', 'bad'])
  })

  test('are counted by what they do', () => {
    expect(countCrew(agents)).toMatchObject({ all: 7, busy: 2, free: 1, wrap_up: 2, away: 1, not_responding: 1 })
  })
})

describe('the sentence', () => {
  test('says that the day is quiet, or that all is well', () => {
    expect(findSentence(board(), NOW).kind).toBe('quiet')
    const total = line({ waited: 5, answered: 10 })
    expect(findSentence(board({ total }), NOW)).toEqual({ kind: 'well', tone: 'ok', waiting: 1 })
    const arrivals = [{ at: NOW, arrivals: 1 }] // this customer is being called back, or was told to come again
    expect(findSentence(board({ arrivals }), NOW)).toEqual({ kind: 'well', tone: 'ok', waiting: 0 })
  })

  test('names the interactions closed as unfinished if all else is well', () => {
    const queues = [queue('mail'), queue('cards', { line: line({ counts: { unfinished: 2 } }) })]
    const total = line({ answered: 9, counts: { unfinished: 3 } })
    expect(findSentence(board({ queues, total }), NOW)).toMatchObject({
      kind: 'unfinished',
      tone: 'warn',
      queue: { queue: 'cards' },
      count: 3,
    })
    const late = [queue('cards', { line: line({ waited: 200, counts: { unfinished: 2 } }) })]
    expect(findSentence(board({ queues: late, total }), NOW).kind).toBe('wait')
  })

  test('names a queue without an agent at work before everything else', () => {
    const queues = [
      queue('cards', { line: line({ share_in_time_half_hour: 0 }) }),
      queue('fraud', { line: line({ waited: 1 }) }),
    ]
    const agents = [agent('Ada', 'free', 1), agent('Ben', 'offline', 1, ['fraud'])]
    expect(findSentence(board({ queues, agents }), NOW)).toMatchObject({
      kind: 'nobody',
      queue: { queue: 'fraud' },
      remedy: { kind: 'elsewhere', count: 1 },
    })
  })

  test('names the tier that is furthest from its target, and why', () => {
    const tiers = [
      { tier: 'platinum', line: line({ share_in_time_half_hour: 0.4 }) },
      { tier: 'standard', line: line({ share_in_time_half_hour: 0.7 }) },
    ]
    const queues = [queue('deposits', { line: line({ waited: 30 }) }), queue('cards', { tiers })]
    const agents = [agent('Ada', 'wrap_up', 300), agent('Ben', 'busy', 10), agent('Cleo', 'free', 9, ['deposits'])]
    expect(findSentence(board({ queues, agents }), NOW)).toMatchObject({
      kind: 'share',
      tone: 'bad',
      place: { tier: 'platinum', queue: { queue: 'cards' } },
      crew: { all: 2, wrap_up: 1, busy: 1, free: 0 },
      remedy: { kind: 'wrap_up', agent: { name: 'Ada' } },
    })
  })

  test('names the wait if it is worse than the share', () => {
    const queues = [queue('cards', { line: line({ waited: 200, share_in_time_half_hour: 0.79 }) })]
    const found = findSentence(board({ queues, agents: [agent('Emre', 'not_responding', 60)] }), NOW)
    expect(found).toMatchObject({ kind: 'wait', tone: 'bad', remedy: { kind: 'not_responding' } })
  })

  test('suggests nothing if no agent could help', () => {
    const queues = [queue('cards', { line: line({ waited: 30 }) })]
    expect(findSentence(board({ queues, agents: [agent('Ada', 'busy', 1)] }), NOW)).toMatchObject({
      tone: 'warn',
      remedy: { kind: 'none' },
    })
  })
})
