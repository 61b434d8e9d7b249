/**
 * The agents in the order in which they need a supervisor.
 *
 * The rule of this file: pure. An agent who is offline is not on the board.
 */
import type { AgentLine } from '../../generated/wire'
import type { Tone } from './service'

export type Doing = Exclude<AgentLine['doing'], 'offline'>

/** The activities in the order in which they need a supervisor. Within one, the longest comes first. */
const ORDER: Doing[] = [
  'line_lost',
  'not_responding',
  'wrap_up',
  'away',
  'calling_out',
  'busy',
  'dialling',
  'offered',
  'free',
]

const LONG_WRAP_UP_MS = 180_000
const LONG_AWAY_MS = 3_600_000

export function isHere(agent: AgentLine): boolean {
  return agent.doing !== 'offline'
}

export function toneOfAgent(agent: AgentLine, now: number): Tone {
  if (agent.doing === 'line_lost' || agent.doing === 'not_responding') return 'bad'
  if (agent.doing === 'wrap_up' && now - agent.since > LONG_WRAP_UP_MS) return 'warn'
  if (agent.doing === 'away' && now - agent.since > LONG_AWAY_MS) return 'warn'
  return 'ok'
}

export function sortAgents(agents: AgentLine[], now: number): AgentLine[] {
  const tones: Tone[] = ['bad', 'warn', 'ok']
  const place = (agent: AgentLine) => [
    tones.indexOf(toneOfAgent(agent, now)),
    ORDER.indexOf(agent.doing as Doing),
    agent.since,
  ]
  return agents.filter(isHere).sort((a, b) => {
    const [first, second] = [place(a), place(b)]
    const differing = first.findIndex((value, index) => value !== second[index])
    return differing < 0 ? a.name.localeCompare(b.name) : (first[differing] ?? 0) - (second[differing] ?? 0)
  })
}

export type Crew = { all: number } & Record<Doing, number>

/** The agents who are with a customer or about to be. The summary counts them together. */
export const withCustomers = ({ line_lost, busy, calling_out, dialling, offered }: Crew) =>
  line_lost + busy + calling_out + dialling + offered

export function countCrew(agents: AgentLine[]): Crew {
  const crew: Crew = {
    all: 0,
    line_lost: 0,
    not_responding: 0,
    wrap_up: 0,
    away: 0,
    calling_out: 0,
    busy: 0,
    dialling: 0,
    offered: 0,
    free: 0,
  }
  for (const agent of agents) {
    if (agent.doing === 'offline') continue
    crew.all += 1
    crew[agent.doing] += 1
  }
  return crew
}
