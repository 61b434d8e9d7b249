/**
 * A script as an agent would see it, without an interaction: the desk's model talks to this line instead of the hub's
 * socket, and each thing that is done is a move of a walk, which the hub walks anew.
 *
 * The rule of this file: it keeps the moves and decides nothing. What a move leads to, and whether it is possible, the
 * hub says. Nothing is written anywhere.
 */
import type {
  CommandAnswer,
  DeskSnapshot,
  InteractionView,
  PolicyView,
  PreviewMove,
  PreviewRequest,
  PreviewView,
  ResumeAnswer,
  ScriptView,
} from '../../generated/wire'
import type { Command, Line, LineListener } from '../../desk/model/line'

export const HELD = 'preview'
const DONE: CommandAnswer = { code: '', field: '' }
const PLAIN = { name: '', values: {}, reason: null, note: '', choice: '', until: '' }

/** For whom the script is shown, and where. */
export type Whom = Pick<PreviewRequest, 'made_up' | 'chosen' | 'channel' | 'queue' | 'purpose' | 'card' | 'turn'>
export type Text = Pick<PreviewRequest, 'id' | 'language' | 'source'>
export type AskPreview = (request: PreviewRequest, signal?: AbortSignal) => Promise<PreviewView>

/** What a command of the desk is in a walk; null: a preview has no such thing. */
export function moveOf(command: Command): PreviewMove | null {
  if (command.kind === 'settle_statement') {
    const { statement, is_said, reason, note } = command
    return { ...PLAIN, action: 'settle', name: statement, reason: is_said ? null : reason, note }
  }
  if (command.kind !== 'advance_script' || command.action === 'language') return null
  const { choice, name: own, must_say, until, values, action } = command
  const names = { choose: choice, acknowledge: must_say, keep: own, act: own, reply: own }
  const name = action in names ? names[action as keyof typeof names] : ''
  return { ...PLAIN, action, name, values, ...(action === 'reply' ? { choice, until } : {}) }
}

export class Rehearsal implements Line {
  /** The last walk that could be shown. */
  view = $state.raw<PreviewView | null>(null)
  /** Why the present text cannot be walked; the last one that could be is still shown. */
  problem = $state<PreviewView['problem'] | 'away' | 'refused'>('')
  /** Whether the text has changed so that the walk goes less far than it did. */
  wasCut = $state(false)
  moves = $state.raw<readonly PreviewMove[]>([])
  #text: Text | null = null // of the view
  #whom: Whom | null = null
  #number = 1
  #listener: LineListener | null = null
  #asking = new AbortController()
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly ask: AskPreview,
    private readonly policy: PolicyView,
  ) {}

  listen(listener: LineListener): Line {
    this.#listener = listener
    return this
  }

  /** Shows this text to this person, as far as the walk goes. A newer question makes an older one void. */
  async follow(text: Text, whom: Whom): Promise<void> {
    this.#asking.abort()
    const mine = (this.#asking = new AbortController())
    return this.#inTurn(() => this.#followNow(text, whom, mine.signal))
  }

  async #followNow(text: Text, whom: Whom, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    try {
      const view = await this.ask({ ...text, ...whom, moves: [...this.moves] }, signal)
      if (signal.aborted) return
      this.problem = view.problem
      if (view.script === null) return
      this.#text = text
      this.#whom = whom
      this.wasCut = view.taken < this.moves.length
      this.moves = this.moves.slice(0, view.taken)
      this.#show(view)
    } catch (error) {
      if (!signal.aborted) this.problem = codeOf(error) === 'needs_reason' ? 'refused' : 'away'
    }
  }

  /** Begins again at the first step. */
  async restart(): Promise<void> {
    this.moves = []
    if (this.#text && this.#whom) await this.follow(this.#text, this.#whom)
  }

  /** Does more, all of it or nothing. The answer is as the hub's to an agent. */
  async go(...more: PreviewMove[]): Promise<CommandAnswer> {
    return this.#inTurn(() => this.#goNow(more))
  }

  /** One question after the other: an answer is never shown over a later one. */
  async #inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => undefined)
    return mine
  }

  async #goNow(more: PreviewMove[]): Promise<CommandAnswer> {
    if (!this.#text || !this.#whom) return { code: 'wrong_state', field: '' }
    const moves = [...this.moves, ...more]
    let view: PreviewView
    try {
      view = await this.ask({ ...this.#text, ...this.#whom, moves })
    } catch (error) {
      return { code: codeOf(error) === 'invalid' ? 'too_long' : 'server', field: '' }
    }
    if (view.taken < moves.length) return view.refusal ?? { code: 'stale', field: '' }
    this.moves = moves
    this.wasCut = false
    this.#show(view)
    return DONE
  }

  #show(view: PreviewView): void {
    this.view = view
    const script = view.script
    if (!script || !this.#listener) return
    this.#number += 1
    const event = { kind: 'script_changed' as const, interaction_id: HELD, script }
    this.#listener.onEvent({ number: this.#number, event })
  }

  async resume(): Promise<ResumeAnswer> {
    return { snapshot: snapshotOf(this.policy, this.#number, this.view?.script ?? null), events: null }
  }

  async command(command: Command): Promise<CommandAnswer> {
    if (command.kind === 'act_here') return DONE
    const move = moveOf(command)
    return move ? this.go(move) : { code: 'not_in_preview', field: '' }
  }

  typing(): void {}
  beat(): void {}
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function snapshotOf(policy: PolicyView, number: number, script: ScriptView | null): DeskSnapshot {
  return {
    number,
    acting_desk: '',
    at: Date.now(),
    staff: { id: HELD, name: '', roles: [], language: '' },
    agent: { state: 'unavailable', reason: '', since: 0, wish: null, wish_reason: '', load: 0, has_phone: false },
    offers: [],
    interactions: [heldWith(policy, script)],
    consults: [],
    listening: [],
    queues: [],
    today: { handled: 0, in_time: 0, handle_seconds: 0, available_seconds: 0 },
    policy,
  }
}

/** Nothing but the script: no part of the desk that shows more of an interaction is on this page. */
function heldWith(policy: PolicyView, script: ScriptView | null): InteractionView {
  return {
    id: HELD,
    version: 1,
    state: 'waiting', // so that nothing offers to write to a customer
    channel: policy.channels[0]?.name ?? '',
    queue: '',
    tier: '',
    language: '',
    customer: {
      id: HELD,
      name: '',
      tier: '',
      language: '',
      since_year: null,
      value_past: null,
      value_now: null,
      value_potential: null,
      currency: policy.currency,
      prefers: [],
      early_sign: '',
      attributes: {},
      addresses: [],
      stage: '',
    },
    address: '',
    direction: 'in',
    reply_address: '',
    identity_level: 'claimed',
    subject: '',
    entered_at: 0,
    accepted_at: null,
    state_since: 0,
    wrap_up_deadline_at: null,
    call: null,
    reason: null,
    messages: [],
    script,
    is_customer_gone: false,
    listeners: [],
    appointments: [],
  }
}
