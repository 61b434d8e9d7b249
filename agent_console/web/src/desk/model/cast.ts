/** The tests' cast: agent Ada at her desk, customers Pia (platinum), Gus (gold) and Sam (standard), and a line that
 * the test controls. */
import type {
  CommandAnswer,
  CustomerView,
  DeskSnapshot,
  InteractionView,
  MessageView,
  NumberedEvent,
  OfferView,
  ResumeAnswer,
  ScriptView,
} from '../../generated/wire'
import { CHANNELS } from '../../shared/channels-cast'
import { HubClock } from '../../shared/clock.svelte'
import { memoryStorage, type TextStorage } from '../../shared/storage'
import { DeskModel, type Voice } from './desk.svelte'
import type { DeskEvent } from './events'
import { LineLost, type Command, type Line, type LineListener } from './line'

export const NOON = Date.UTC(2026, 10, 22, 12)

export function customer(id: string, name: string, tier: string): CustomerView {
  return {
    id,
    name,
    tier,
    language: 'en',
    since_year: 2011,
    value_past: null,
    value_now: null,
    value_potential: null,
    currency: 'EUR',
    prefers: [],
    early_sign: '',
    attributes: { city: ['Malmö'] },
    addresses: [],
    stage: '',
  }
}

export const PIA = customer('c-pia', 'Pia Lindqvist', 'platinum')
export const GUS = customer('c-gus', 'Gus Moreau', 'gold')
export const SAM = customer('c-sam', 'Sam 奥科耶', 'standard')

export function message(id: string, kind: MessageView['kind'], text: string, at = NOON): MessageView {
  return {
    id,
    kind,
    channel: 'webchat',
    at,
    author: kind === 'agent' ? 'Ada' : '',
    address: '',
    identity_level: '',
    text,
    subject: '',
    html_url: '',
    raw_url: '',
    media: [],
    delivery: null,
    error: '',
    is_automatic: false,
    problem: '',
    fact: '',
    data: {},
  }
}

export function held(id: string, whom: CustomerView, messages: MessageView[] = []): InteractionView {
  return {
    id,
    version: 1,
    state: 'active',
    channel: 'webchat',
    queue: 'cards',
    tier: whom.tier,
    language: 'en',
    customer: whom,
    address: '',
    direction: 'in',
    reply_address: '',
    identity_level: 'claimed',
    subject: '',
    entered_at: NOON - 60_000,
    accepted_at: NOON,
    state_since: NOON,
    wrap_up_deadline_at: null,
    call: null,
    reason: null,
    messages,
    script: null,
    is_customer_gone: false,
    listeners: [],
    appointments: [],
  }
}

export function offer(id: string, whom: CustomerView): OfferView {
  return {
    id,
    interaction_id: `i-${id}`,
    channel: 'webchat',
    queue: 'cards',
    tier: whom.tier,
    customer_name: whom.name,
    languages: ['en'],
    subject: '',
    entered_at: NOON - 20_000,
    made_at: NOON,
    deadline_at: NOON + 20_000,
    reason: {
      chosen_by: 'longest_idle',
      eligible: 3,
      waited_seconds: 20,
      head_start_seconds: 86_700,
      boost_seconds: 0,
      policy_version: 1,
    },
    script_title: '',
    is_callback: false,
    hand_over: null,
  }
}

export function step(id: string, more: Partial<ScriptView> = {}): ScriptView {
  return {
    script_id: 'card-lost',
    version: 1,
    title: 'Card lost',
    language: 'en',
    why: [],
    fits: true,
    by_hand: false,
    step_id: id,
    step_title: id,
    ordinal: 1,
    length: 3,
    parts: [],
    choices: [],
    can_go_back: false,
    is_final: false,
    languages: ['en', 'zh-CN'],
    disposition: '',
    owed: [],
    ...more,
  }
}

export function snapshot(more: Partial<DeskSnapshot> = {}): DeskSnapshot {
  return {
    number: 10,
    acting_desk: '',
    at: NOON,
    staff: { id: 'ada', name: 'Ada', roles: ['agent'], language: 'en' },
    agent: { state: 'available', reason: '', since: NOON, wish: null, wish_reason: '', load: 0, has_phone: true },
    offers: [],
    interactions: [],
    consults: [],
    listening: [],
    queues: [],
    today: { handled: 0, in_time: 0, handle_seconds: 0, available_seconds: 0 },
    policy: {
      version: 1,
      organisation: 'Nordhaven Bank',
      languages: ['en', 'zh-CN'],
      channels: CHANNELS,
      attributes: [
        { name: 'city', type: 'text', names: { en: 'Lives in', 'zh-CN': '所在地' }, help: {}, unit: '', choices: [] },
      ],
      currency: 'SEK',
      tiers: [
        { id: 'platinum', names: { en: 'Platinum' }, order: 3, head_start_seconds: { webchat: 86_700, phone: null } },
        { id: 'gold', names: { en: 'Gold' }, order: 2, head_start_seconds: { webchat: 86_520, phone: 120 } },
        { id: 'standard', names: { en: 'Standard' }, order: 1, head_start_seconds: { webchat: 86_400, phone: 0 } },
      ],
      queues: [],
      dispositions: [],
      unavailable_reasons: [],
      purposes: [],
      boost_cap_seconds: 600,
      wall_ahead: 0,
    },
    ...more,
  }
}

export function numbered(from: number, ...events: DeskEvent[]): NumberedEvent[] {
  return events.map((event, index) => ({ number: from + index, event }))
}

/** A line to a hub that the test plays: `asked` collects the commands, and `answer` says how the hub answers them. */
export class HeldLine implements Line {
  readonly asked: Command[] = []
  readonly resumes: (number | null)[] = []
  readonly typed: string[] = []
  acts = 0 // how often this desk has asked to be the one that acts
  isUp = true
  answer: (command: Command) => CommandAnswer | Promise<CommandAnswer> = () => ({ code: '', field: '' })
  resumed: (number: number | null) => ResumeAnswer = () => ({ snapshot: snapshot(), events: null })

  resume(number: number | null): Promise<ResumeAnswer> {
    this.resumes.push(number)
    return this.isUp ? Promise.resolve(this.resumed(number)) : Promise.reject(new LineLost())
  }

  async command(command: Command): Promise<CommandAnswer> {
    if (!this.isUp) throw new LineLost()
    if (command.kind === 'act_here') {
      this.acts += 1
      return { code: '', field: '' }
    }
    this.asked.push(command)
    return this.answer(command)
  }

  typing(interactionId: string): void {
    this.typed.push(interactionId)
  }

  beat(): void {}
}

/** Records what the model announced: offers, their ends, refusals. */
export class Heard implements Voice {
  readonly words: string[] = []
  offered = ({ customer_name }: OfferView) => void this.words.push(`offer ${customer_name}`)
  gone = ({ customer }: InteractionView, { fact }: MessageView) =>
    void this.words.push(`gone ${customer.name} ${fact}`)
  unreached = ({ data }: MessageView) => void this.words.push(`unreached ${data.who}`)
  offerEnded = (_: OfferView, end: string) => void this.words.push(`offer ${end}`)
  arrived = ({ customer }: InteractionView) => void this.words.push(`arrived ${customer.name}`)
  refused = (command: Command, { code }: CommandAnswer) => void this.words.push(`${command.kind} ${code}`)
}

/** Opens a desk with this snapshot. Returns its model, its line, and what it announces. */
export async function openDesk(first: DeskSnapshot, storage: TextStorage = memoryStorage()) {
  const line = new HeldLine()
  line.resumed = () => ({ snapshot: first, events: null })
  const heard = new Heard()
  let listener!: LineListener
  let id = ''
  const model = new DeskModel({
    openLine: (to, desk) => ((listener = to), (id = desk), line),
    fetchPage: () => Promise.resolve({ messages: [], counts: {}, has_more: false }),
    storage,
    clock: new HubClock(),
    voice: heard,
  })
  listener.onUp()
  await settled()
  return { model, line, heard, listener, storage, id }
}

/** Lets all pending promises settle. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
