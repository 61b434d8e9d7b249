/**
 * The agent's work on the script's present step: the picked choice, the typed answers, and the hub's last refusal.
 *
 * The rule of this file: the hub keeps the run; this holds only what the hub has not been told yet. A choice is first
 * picked and then taken with "Next", so that the agent can correct a slip before the step is left.
 */
import { SvelteSet } from 'svelte/reactivity'
import type { CommandAnswer, InteractionView, ScriptFieldView, ScriptView } from '../../generated/wire'
import type { AgentCommands, ScriptAction } from './agent-commands'

export class StepDraft {
  picked = $state('')
  refusal = $state.raw<CommandAnswer | null>(null)
  /** Whether the step is being left: whatever is pressed now would be of a step that is gone. */
  isBusy = $state(false)
  readonly #underway = new SvelteSet<string>() // what is done in the step and not answered yet
  readonly #said = new SvelteSet<string>() // statements that the hub has heard, and perhaps still shows as unsaid
  #sent: Promise<CommandAnswer> | null = null // what was sent last and is not answered yet
  #typed = $state<Record<string, string>>({})

  constructor(
    readonly key: string,
    step: ScriptView,
  ) {
    this.picked = step.choices.find((choice) => choice.chosen)?.key ?? ''
  }

  value(field: { name: string; value: string }): string {
    return this.#typed[field.name] ?? field.value
  }

  type(name: string, value: string): void {
    this.#typed[name] = value
    if (this.refusal?.field === name) this.refusal = null
  }

  pick(key: string): void {
    this.picked = key
    if (this.refusal?.code === 'choice_needed') this.refusal = null
  }

  /** Sends one answer to the run when the agent leaves the field, if the answer has changed. */
  keep(acts: AgentCommands, held: InteractionView, name: string): void {
    const value = this.#typed[name]
    const known = fieldsOf(held.script).find((field) => field.name === name)?.value ?? ''
    if (value !== undefined && value !== known)
      void this.#give(acts, held, { action: 'answer', values: { [name]: value } })
  }

  acknowledge(acts: AgentCommands, held: InteractionView, mustSay: string): void {
    void this.#give(acts, held, { action: 'acknowledge', must_say: mustSay, values: this.#typed })
  }

  /** Whether the agent has said it, and the screen does not show that yet. */
  isSaying(mustSay: string): boolean {
    return this.#said.has(mustSay) || this.#underway.has(markOf({ action: 'acknowledge', must_say: mustSay }))
  }

  /** Leaves the step by the picked choice, or by its only way on. */
  next(acts: AgentCommands, held: InteractionView): void {
    const needsChoice = (held.script?.choices.length ?? 0) > 0
    if (needsChoice && this.picked === '') {
      this.refusal = { code: 'choice_needed', field: '' }
      return
    }
    const way: ScriptAction = needsChoice ? { action: 'choose', choice: this.picked } : { action: 'next' }
    void this.#give(acts, held, { ...way, values: this.#typed })
  }

  /** Has the hub do an action of this step. */
  act(acts: AgentCommands, held: InteractionView, name: string): void {
    void this.#give(acts, held, { action: 'act', name, values: this.#typed })
  }

  /** Notes what the customer says to a proposal. `until`: the day that they name. */
  reply(acts: AgentCommands, held: InteractionView, name: string, choice: string, until: string): void {
    void this.#give(acts, held, { action: 'reply', name, choice, until, values: this.#typed })
  }

  /** Says that the answer to this field is to be kept with the customer. */
  confirm(acts: AgentCommands, held: InteractionView, name: string): void {
    void this.#give(acts, held, { action: 'keep', name, values: this.#typed })
  }

  back(acts: AgentCommands, held: InteractionView): void {
    void this.#give(acts, held, { action: 'back' })
  }

  speak(acts: AgentCommands, held: InteractionView, language: string): void {
    void this.#give(acts, held, { action: 'language', language })
  }

  /** Sends it behind what is on its way, so that no key is lost. The same once more, or anything once the step is being
   * left, is a key that was pressed twice. */
  async #give(acts: AgentCommands, held: InteractionView, action: ScriptAction): Promise<void> {
    const leaves = LEAVES.has(action.action)
    const mark = markOf(action)
    const isTwice = action.action !== 'answer' && this.#underway.has(mark)
    if (isTwice || (this.isBusy && action.action !== 'answer')) return
    if (leaves) this.isBusy = true
    this.#underway.add(mark)
    const asked = { ...action, values: { ...action.values } }
    const sent = this.#sent ? this.#sent.then(() => acts.advance(held, asked)) : acts.advance(held, asked)
    this.#sent = sent
    const answer = await sent
    if (this.#sent === sent) this.#sent = null
    if (answer.code === '' && action.action === 'acknowledge') this.#said.add(action.must_say ?? '')
    this.#underway.delete(mark)
    if (leaves) this.isBusy = false
    this.refusal = answer.code === '' ? null : answer
    if (answer.code === '') for (const name of Object.keys(action.values ?? {})) delete this.#typed[name]
  }
}

const LEAVES: ReadonlySet<string> = new Set(['next', 'choose', 'back', 'language'])

/** What makes two actions the same. */
const markOf = ({ action, name = '', choice = '', must_say = '', until = '' }: Partial<ScriptAction>) =>
  [action, name, choice, must_say, until].join(' ')

/** The step's own fields, in the order of its parts. */
export function fieldsOf(script: ScriptView | null): ScriptFieldView[] {
  return (script?.parts ?? []).filter((part) => part.kind === 'field')
}

/** Holds one draft per interaction. Another step, or the same step in another language, begins a new draft. */
export class StepDrafts {
  readonly #drafts = new Map<string, StepDraft>()

  of(interactionId: string, step: ScriptView): StepDraft {
    const key = [step.script_id, step.step_id, step.language].join(' ')
    const known = this.#drafts.get(interactionId)
    if (known?.key === key) return known
    const draft = new StepDraft(key, step)
    this.#drafts.set(interactionId, draft)
    return draft
  }
}
