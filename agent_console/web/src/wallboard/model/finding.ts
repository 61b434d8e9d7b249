/**
 * Finds what the sentence on top of the board says: what is wrong, why, and what can be done.
 *
 * The rule of this file: it returns codes and numbers; the component has the words. The worst comes first: a queue
 * without an agent at work, then the tier (or the queue without tiers) that is furthest from its target.
 */
import type { AgentLine, QueueBoard, WallboardView } from '../../generated/wire'
import { countCrew, isHere, sortAgents, toneOfAgent, type Crew } from './people'
import { isUnserved, lateness, tiersOf, toneOf, type QueueOrTier, type Tone } from './service'

export type Remedy =
  | { kind: 'not_responding' | 'wrap_up' | 'away'; agent: AgentLine }
  | { kind: 'elsewhere'; count: number }
  | { kind: 'none' }

export type Finding =
  | { kind: 'quiet' | 'well'; tone: 'ok'; waiting: number }
  | { kind: 'unfinished'; tone: 'warn'; queue: QueueBoard; count: number }
  | { kind: 'nobody'; tone: 'bad'; queue: QueueBoard; crew: Crew; remedy: Remedy }
  | { kind: 'share' | 'wait'; tone: Tone; place: QueueOrTier; crew: Crew; remedy: Remedy }

export function findSentence(board: WallboardView, now: number): Finding {
  const unserved = board.queues
    .filter((queue) => isUnserved(board, queue))
    .sort((a, b) => b.line.waiting - a.line.waiting)[0]
  if (unserved) {
    const crew = crewOf(board, unserved)
    return { kind: 'nobody', tone: 'bad', queue: unserved, crew, remedy: findRemedy(board, unserved, now) }
  }
  const worst = board.queues
    .flatMap(tiersOf)
    .filter((place) => toneOf(place, now) !== 'ok')
    .sort((a, b) => severity(b, now) - severity(a, now))[0]
  if (worst) {
    const kind = shareSeverity(worst) >= waitSeverity(worst, now) ? 'share' : 'wait'
    const crew = crewOf(board, worst.queue)
    return { kind, tone: toneOf(worst, now), place: worst, crew, remedy: findRemedy(board, worst.queue, now) }
  }
  const { waiting, answered, abandoned, counts } = board.total
  const unfinished = counts.unfinished ?? 0
  const most = [...board.queues].sort((a, b) => (b.line.counts.unfinished ?? 0) - (a.line.counts.unfinished ?? 0))[0]
  if (most && unfinished > 0) return { kind: 'unfinished', tone: 'warn', queue: most, count: unfinished }
  const arrived = board.arrivals.reduce((sum, { arrivals }) => sum + arrivals, 0)
  return { kind: waiting + answered + abandoned + arrived === 0 ? 'quiet' : 'well', tone: 'ok', waiting }
}

/** Makes shares and waits comparable: a share a quarter below its target weighs as much as a wait of twice the
 * threshold. */
const severity = (place: QueueOrTier, now: number) => Math.max(shareSeverity(place), waitSeverity(place, now))
const waitSeverity = (place: QueueOrTier, now: number) => Math.log2(Math.max(1, lateness(place, now)))

function shareSeverity({ line, queue }: QueueOrTier): number {
  if (line.share_in_time_half_hour === null || queue.target <= 0) return 0
  return Math.max(0, (queue.target - line.share_in_time_half_hour) / queue.target) * 4
}

function serves(agent: AgentLine, queue: QueueBoard): boolean {
  return agent.queues.includes(queue.queue)
}

function crewOf(board: WallboardView, queue: QueueBoard): Crew {
  return countCrew(board.agents.filter((agent) => serves(agent, queue)))
}

function findRemedy(board: WallboardView, queue: QueueBoard, now: number): Remedy {
  const crew = sortAgents(board.agents, now).filter((agent) => serves(agent, queue))
  const ready = crew.filter(({ doing }) => doing !== 'line_lost') // they are with a customer, and cannot help here
  const late = ready.find((agent) => toneOfAgent(agent, now) !== 'ok') ?? ready.find(({ doing }) => doing === 'away')
  if (late && (late.doing === 'not_responding' || late.doing === 'wrap_up' || late.doing === 'away'))
    return { kind: late.doing, agent: late }
  const count = board.agents.filter(
    (agent) => isHere(agent) && agent.doing === 'free' && !serves(agent, queue),
  ).length
  return count > 0 ? { kind: 'elsewhere', count } : { kind: 'none' }
}
