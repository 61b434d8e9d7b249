/**
 * What the agent does on the desk, each sent as its command to the hub. `actions.ts` lists what the palette and keys do.
 *
 * The rule of this file: a command carries the version of the interaction that the agent saw. A button that is pressed
 * twice gives one command while the first is on its way. The screen changes when the hub's event arrives.
 */
import type {
  AdvanceScript,
  CallOut,
  CommandAnswer,
  CompleteWrapUp,
  ConsultView,
  EarlierRunView,
  InteractionView,
  OfferView,
  SetState,
  SettleStatement,
} from '../../generated/wire'
import { traitsOf } from '../../shared/channels.svelte'
import type { HubClock } from '../../shared/clock.svelte'
import type { Commands, NewCommand, NewCommandAbout } from './commands.svelte'
import type { Drafts } from './drafts.svelte'
import type { Echoes } from './echoes.svelte'

export type ScriptAction = Pick<AdvanceScript, 'action'> &
  Partial<Pick<AdvanceScript, 'choice' | 'must_say' | 'name' | 'until' | 'language' | 'values'>>

export type Call = Pick<CallOut, 'to_address' | 'from_address' | 'reason' | 'script_id'>

export type Settlement = Pick<SettleStatement, 'script_id' | 'statement' | 'is_said' | 'reason' | 'note'>

const TYPING_TOLD_EVERY_MS = 3000
/** A second press within this time counts as an accidental double press. */
export const PRESSED_TWICE_MS = 400

export class AgentCommands {
  /** Interactions whose offer was accepted at this desk: it shows each as soon as it arrives. */
  readonly accepted = new Set<string>()
  /** Interactions that were ended at this desk: their wrap-up may take the focus, because the agent asked for it. */
  readonly ended = new Set<string>()
  /** True while this desk has asked for the next interaction and has not received it. */
  isTaking = false
  #toldTypingAt = 0
  #tookAt = -PRESSED_TWICE_MS

  constructor(
    private readonly commands: Commands,
    private readonly drafts: Drafts,
    private readonly echoes: Echoes,
    private readonly tellTyping: (interactionId: string) => void,
    private readonly clock: HubClock,
  ) {}

  setState(state: SetState['state'], reason = '', afterCurrent = false): void {
    this.commands.give({ kind: 'set_state', state, reason, after_current: afterCurrent })
  }

  /** Makes this desk the one that acts; the agent's other desks then only show. */
  actHere(): void {
    if (!this.commands.isBusy('act_here')) this.commands.give({ kind: 'act_here' })
  }

  accept(offer: OfferView): void {
    if (this.commands.isBusy('accept_offer', offer.id)) return
    this.accepted.add(offer.interaction_id)
    this.commands.give({ kind: 'accept_offer', offer_id: offer.id })
  }

  /** Calls somebody. The answer is a refusal, or the call is on the desk. */
  async callOut(call: Call): Promise<CommandAnswer> {
    if (this.commands.isBusy('call_out')) return { code: 'too_fast', field: '' }
    this.isTaking = true // the call is shown as soon as it arrives
    const answer = await this.commands.give({ kind: 'call_out', ...call }).answer
    if (answer.code !== '') this.isTaking = false
    return answer
  }

  /** Moves an agreed call to another time, or cancels it. */
  async changeAgreed(id: string, localAt: string): Promise<CommandAnswer> {
    const change = { appointment_id: id }
    return this.commands.give(
      localAt ? { kind: 'move_agreed_call', local_at: localAt, ...change } : { kind: 'cancel_agreed_call', ...change },
    ).answer
  }

  /** Has the agent called into their call again. Resolves with whether the hub does that. */
  async rejoin(held: InteractionView): Promise<boolean> {
    if (this.commands.isBusy('rejoin_call', held.id)) return false
    const about = { interaction_id: held.id, version: held.version }
    return (await this.commands.give({ kind: 'rejoin_call', ...about }).answer).code === ''
  }

  decline(offer: OfferView): void {
    if (this.commands.isBusy('decline_offer', offer.id) || this.commands.isBusy('accept_offer', offer.id)) return
    this.commands.give({ kind: 'decline_offer', offer_id: offer.id })
  }

  /** Takes the first waiting interaction that fits this agent. The desk shows it as soon as it arrives. */
  takeNext(): void {
    const now = performance.now()
    if (this.commands.isBusy('take_next') || now - this.#tookAt < PRESSED_TWICE_MS) return
    this.#tookAt = now
    this.isTaking = true
    void this.commands.give({ kind: 'take_next' }).answer.then(({ code }) => {
      if (code !== '') this.isTaking = false
    })
  }

  /** Sends the draft of the reply or of the note. If the hub refuses it, the text comes back into the draft. */
  sendDraft(held: InteractionView): void {
    const draft = this.drafts.of(held.id)
    const tab = draft.get('tab')
    const text = draft.get(tab).trim()
    if (text === '') return
    const about = { interaction_id: held.id, version: held.version, text }
    draft.set(tab, '')
    this.#giveText(
      tab === 'note'
        ? { kind: 'add_note', ...about }
        : { kind: 'send_message', ...about, subject: draft.get('subject').trim() },
    )
  }

  /** Tells the customer of a web chat that an answer is being written, at most once in three seconds. */
  wrote(held: InteractionView): void {
    const now = this.clock.now
    if (!traitsOf(held.channel).stored_is_sent || now - this.#toldTypingAt < TYPING_TOLD_EVERY_MS) return
    this.#toldTypingAt = now
    this.tellTyping(held.id)
  }

  resend(held: InteractionView, messageId: string): void {
    this.about(held, { kind: 'resend_message', message_id: messageId })
  }

  end(held: InteractionView): void {
    if (this.commands.isBusy('end_interaction', held.id)) return
    this.ended.add(held.id)
    this.about(held, { kind: 'end_interaction' })
  }

  hold(held: InteractionView, on: boolean): void {
    if (!this.commands.isBusy('hold_call', held.id)) this.about(held, { kind: 'hold_call', on })
  }

  pauseRecording(held: InteractionView, on: boolean): void {
    const kind = on ? 'pause_recording' : 'resume_recording'
    if (!this.commands.isBusy(kind, held.id)) this.about(held, { kind })
  }

  transfer(held: InteractionView, queue: string, note: string): void {
    this.about(held, { kind: 'transfer_interaction', queue, note })
  }

  /** Asks a colleague about a call. With `takesOver`, the call is theirs as soon as they are in it. */
  consult(held: InteractionView, agentId: string, note: string, takesOver: boolean): void {
    if (this.commands.isBusy('consult_colleague', held.id)) return
    this.about(held, { kind: 'consult_colleague', agent_id: agentId, note, takes_over: takesOver })
  }

  callThirdParty(held: InteractionView, number: string): void {
    if (!this.commands.isBusy('call_third_party', held.id)) this.about(held, { kind: 'call_third_party', number })
  }

  /** Does something with somebody who is in the call beside the customer. */
  withParty(held: InteractionView, kind: 'swap_parties' | 'hand_over' | 'drop_party', partyId: string): void {
    if (!this.commands.isBusy(kind, held.id)) this.about(held, { kind, party_id: partyId })
  }

  muteParty(held: InteractionView, partyId: string, on: boolean): void {
    if (!this.commands.isBusy('mute_party', held.id)) {
      this.about(held, { kind: 'mute_party', party_id: partyId, on })
    }
  }

  /** Brings everybody in the call together, or leaves it to them. */
  withAll(held: InteractionView, kind: 'merge_parties' | 'leave_call'): void {
    if (!this.commands.isBusy(kind, held.id)) this.about(held, { kind })
  }

  /** Answers a colleague's question. The desk shows the call as soon as it is this agent's. */
  answerConsult({ party_id, interaction_id }: ConsultView, accepts: boolean): void {
    if (this.commands.isBusy('answer_consult')) return
    if (accepts) this.accepted.add(interaction_id)
    this.commands.give({ kind: 'answer_consult', party_id, accepts })
  }

  leaveConsult({ party_id }: ConsultView): void {
    if (!this.commands.isBusy('leave_consult')) this.commands.give({ kind: 'leave_consult', party_id })
  }

  completeWrapUp(held: InteractionView): void {
    if (this.commands.isBusy('complete_wrap_up', held.id)) return
    const draft = this.drafts.of(held.id)
    this.about(held, {
      kind: 'complete_wrap_up',
      disposition: draft.get('disposition') || (held.script?.disposition ?? ''),
      callback_at: draft.get('callbackAt') as CompleteWrapUp['callback_at'],
      note: draft.get('wrapUpNote').trim(),
    })
  }

  /** Does one action on the script's step that the agent sees. If it is refused, the answer names the field or
   * statement that is missing. */
  advance(held: InteractionView, action: ScriptAction): Promise<CommandAnswer> {
    return this.commands.give({
      kind: 'advance_script',
      interaction_id: held.id,
      version: held.version,
      script_id: held.script?.script_id ?? '',
      step_id: held.script?.step_id ?? '',
      choice: '',
      must_say: '',
      name: '',
      until: '',
      language: '',
      values: {},
      ...action,
    }).answer
  }

  /** Records what became of a statement that must be said. It may belong to any script of this interaction. */
  settle(held: InteractionView, statement: Settlement): Promise<CommandAnswer> {
    return this.commands.give({
      kind: 'settle_statement',
      interaction_id: held.id,
      version: held.version,
      ...statement,
    }).answer
  }

  /** Switches to another script. The script that is left keeps its step and its answers. */
  pickScript(held: InteractionView, scriptId: string): void {
    if (scriptId !== held.script?.script_id)
      this.about(held, { kind: 'pick_script', script_id: scriptId, continues: '' })
  }

  /** Goes on with what was begun in an earlier interaction of the customer. */
  continueScript(held: InteractionView, earlier: EarlierRunView): void {
    const { script_id, interaction_id: continues } = earlier
    this.about(held, { kind: 'pick_script', script_id, continues })
  }

  /** Gives a command about an interaction in hand, with the version on the screen. A refusal is announced by the
   * model. */
  about(held: InteractionView, rest: NewCommandAbout): void {
    this.commands.give({ ...rest, interaction_id: held.id, version: held.version } as NewCommand)
  }

  #giveText(newCommand: NewCommand): void {
    const { command, answer } = this.commands.give(newCommand)
    this.echoes.add(command, this.clock.now)
    void answer.then(({ code }) => {
      if (code === '') this.echoes.answered(command.id)
    })
  }
}
