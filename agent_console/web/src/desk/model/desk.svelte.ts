/**
 * The desk's view model: everything that the components show, without a screen.
 *
 * The rule of this file: it joins the parts (feed, commands, drafts, attention, histories) and listens to the line. It
 * knows no DOM element and no text. Announcements go to the `Voice`; the agent's actions are in `agent-commands.ts`.
 */
import type {
  CommandAnswer,
  DeskSnapshot,
  InteractionView,
  MessageView,
  NumberedEvent,
  OfferEnd,
  OfferView,
  QueueLine,
} from '../../generated/wire'
import { channels } from '../../shared/channels.svelte'
import type { HubClock } from '../../shared/clock.svelte'
import type { TextStorage } from '../../shared/storage'
import { AgentCommands } from './agent-commands'
import { Attention, awaitingAnswer } from './attention.svelte'
import { Commands } from './commands.svelte'
import { Drafts } from './drafts.svelte'
import { Echoes } from './echoes.svelte'
import type { DeskEvent } from './events'
import { Feed } from './feed.svelte'
import { Histories, type FetchPage } from './history.svelte'
import { StepDrafts } from './step.svelte'
import { LineLost, type Command, type Line, type LineListener } from './line'

export interface Voice {
  offered(offer: OfferView): void
  offerEnded(offer: OfferView, end: OfferEnd): void
  arrived(interaction: InteractionView): void // it was accepted or taken at this desk
  gone(interaction: InteractionView, why: MessageView): void // it left without this agent giving it away
  unreached(why: MessageView): void // somebody who was asked or called did not come into the call
  refused(command: Command, answer: CommandAnswer): void
}

export interface DeskParts {
  openLine(listener: LineListener, desk: string): Line
  fetchPage: FetchPage
  storage: TextStorage
  clock: HubClock
  voice: Voice
}

export type Connection = 'connecting' | 'up' | 'lost' | 'moving'

const SELECTED = 'hub.selected'
const TYPING_SHOWN_MS = 6000

export class DeskModel implements LineListener {
  readonly feed: Feed
  readonly commands: Commands
  readonly drafts: Drafts
  readonly attention: Attention
  readonly histories: Histories
  readonly echoes = new Echoes()
  readonly steps = new StepDrafts()
  readonly acts: AgentCommands
  connection = $state<Connection>('connecting')
  signedOut = $state<string | null>(null)
  /** The id of this page while it is open. Of an agent's desks, the one that was opened last acts. */
  readonly #id = crypto.randomUUID()
  #isOpening = $state(true) // until the hub has answered that this desk acts
  #hasAsked = false
  #selectedId = $state<string | null>(null)
  #typingUntil = $state<Record<string, number>>({})
  readonly #line: Line
  readonly #parts: DeskParts

  constructor(parts: DeskParts) {
    this.#parts = parts
    this.#selectedId = parts.storage.getItem(SELECTED)
    this.drafts = new Drafts(parts.storage)
    this.attention = new Attention(parts.storage)
    this.histories = new Histories(parts.fetchPage)
    this.commands = new Commands(
      (command) => this.#line.command(command),
      parts.storage,
      (command, answer) => this.#refused(command, answer),
    )
    for (const command of this.commands.pending) this.echoes.add(command, parts.clock.now)
    this.feed = new Feed((number) => (this.#line ? this.#line.resume(number) : Promise.reject(new LineLost())), {
      onSnapshot: (snapshot) => this.#stoodUp(snapshot),
      onApplied: (event, after, before) => this.#applied(event, after, before),
      onStanding: () => this.#standing(),
    })
    this.acts = new AgentCommands(
      this.commands,
      this.drafts,
      this.echoes,
      (interactionId) => this.#line.typing(interactionId),
      parts.clock,
    )
    this.#line = parts.openLine(this, this.#id)
  }

  /** Tells the hub that this page moves and hears this call; "": none any more. */
  beat(interactionId: string, isLost: boolean): void {
    this.#line.beat(interactionId, isLost)
  }

  get desk(): DeskSnapshot | undefined {
    return this.feed.snapshot
  }

  /** True while another desk of this agent acts: the hub would refuse this one's commands. */
  get isElsewhere(): boolean {
    const acting = this.desk?.acting_desk ?? ''
    return !this.#isOpening && acting !== '' && acting !== this.#id
  }

  get selected(): InteractionView | undefined {
    return this.find(this.#selectedId)
  }

  find(interactionId: string | null): InteractionView | undefined {
    return this.desk?.interactions.find(({ id }) => id === interactionId)
  }

  isTyping(interactionId: string): boolean {
    return (this.#typingUntil[interactionId] ?? 0) > this.#parts.clock.now
  }

  isBusy(kind: Command['kind'], about?: string): boolean {
    return this.commands.isBusy(kind, about)
  }

  select(interactionId: string): void {
    this.#selectedId = interactionId
    this.#parts.storage.setItem(SELECTED, interactionId)
  }

  /** Selects the next or the previous interaction in hand; after the last comes the first. */
  step(by: 1 | -1): void {
    const held = this.desk?.interactions ?? []
    const at = held.findIndex(({ id }) => id === this.#selectedId)
    const next = held[(at + by + held.length) % held.length]
    if (next) this.select(next.id)
  }

  /** Selects the interaction whose customer has waited longest for an answer. If it is selected already, selects
   * the next longest. */
  stepToWaiting(): void {
    const waiting = awaitingAnswer(this.desk?.interactions ?? [])
    const at = waiting.findIndex(({ id }) => id === this.#selectedId)
    const next = waiting[(at + 1) % waiting.length]
    if (next) this.select(next.id)
  }

  onUp(): void {
    void this.feed.resume()
  }

  onDown(): void {
    if (this.connection !== 'moving') this.connection = 'lost'
    this.feed.lost()
    this.commands.lineDown()
  }

  onEvent(event: NumberedEvent): void {
    this.feed.receive(event)
  }

  onQueues(queues: QueueLine[]): void {
    this.feed.setQueues(queues)
  }

  onTyping(interactionId: string): void {
    this.#typingUntil[interactionId] = this.#parts.clock.now + TYPING_SHOWN_MS
  }

  onMoving(): void {
    this.connection = 'moving'
  }

  onSignedOut(reason: string): void {
    this.signedOut = reason
  }

  #standing(): void {
    const wasDown = this.connection !== 'up'
    this.connection = 'up'
    if (wasDown && this.desk) {
      if (this.#hasAsked) this.commands.lineUp(this.desk.staff.id)
      else this.#actAsOpened(this.desk.staff.id)
      this.histories.again()
    }
  }

  /** Asks once per page to be the desk that acts. A page that reconnects does not ask again, so it cannot take over
   * from a newer one. */
  #actAsOpened(staffId: string): void {
    this.#hasAsked = true
    void this.commands.lineUpWith(staffId, { kind: 'act_here' }).then(() => (this.#isOpening = false))
  }

  #stoodUp(snapshot: DeskSnapshot): void {
    channels.learn(snapshot.policy.channels)
    this.#parts.clock.heard(snapshot.at)
    this.#parts.clock.ahead = snapshot.policy.wall_ahead
    const held = snapshot.interactions.map(({ id }) => id)
    this.drafts.keepOnly(held)
    this.attention.keepOnly(held)
    if (!this.selected) this.#selectedId = held[0] ?? null
    for (const offer of snapshot.offers) this.#parts.voice.offered(offer)
  }

  #applied(event: DeskEvent, after: DeskSnapshot, before: DeskSnapshot): void {
    switch (event.kind) {
      case 'policy_changed':
        channels.learn(event.policy.channels)
        this.#parts.clock.ahead = event.policy.wall_ahead
        break
      case 'offer_made':
        this.#parts.voice.offered(event.offer)
        break
      case 'offer_ended': {
        const offer = before.offers.find(({ id }) => id === event.offer_id)
        if (offer) this.#parts.voice.offerEnded(offer, event.end)
        break
      }
      case 'interaction_added':
        if (this.acts.accepted.delete(event.interaction.id) || this.#wasTaken(event.interaction)) {
          this.select(event.interaction.id)
          this.#parts.voice.arrived(event.interaction)
        } else if (!this.selected) this.select(event.interaction.id)
        break
      case 'interaction_removed':
        if (event.closed_as === null) this.#missed(before, event.interaction_id)
        if (event.interaction_id === this.#selectedId) this.#selectedId = after.interactions[0]?.id ?? null
        this.#forgetAllBut(after)
        break
      case 'consult_gone':
        this.#forgetAllBut(after)
        break
      case 'message_added':
        this.echoes.heard(event.interaction_id, event.message)
        if (event.message.kind === 'customer') delete this.#typingUntil[event.interaction_id]
        if (event.message.fact === 'party_unreached') this.#parts.voice.unreached(event.message)
        break
    }
  }

  /** Announces an interaction that left unclosed, with its last fact as the reason. Stays silent if the agent did
   * it. */
  #missed({ interactions, staff }: DeskSnapshot, interactionId: string): void {
    const held = interactions.find(({ id }) => id === interactionId)
    const why = held?.messages.findLast(({ kind }) => kind === 'fact')
    if (held && why && why.author !== staff.name) this.#parts.voice.gone(held, why)
  }

  /** Whether this is the interaction that the desk asked for: with "Take the next", or by calling somebody. */
  #wasTaken({ reason, direction }: InteractionView): boolean {
    if (!this.acts.isTaking || (reason?.chosen_by !== 'pulled' && direction !== 'out')) return false
    this.acts.isTaking = false
    return true
  }

  #forgetAllBut({ interactions, consults }: DeskSnapshot): void {
    const held = interactions.map(({ id }) => id)
    this.drafts.keepOnly(held)
    this.attention.keepOnly(held)
    const asked = consults.map(({ customer_id }) => customer_id)
    this.histories.keepOnly([...interactions.map(({ customer }) => customer.id), ...asked])
  }

  #refused(command: Command, answer: CommandAnswer): void {
    this.echoes.drop(command.id)
    if (command.kind === 'send_message') this.drafts.of(command.interaction_id).giveBack('reply', command.text)
    if (command.kind === 'add_note') this.drafts.of(command.interaction_id).giveBack('note', command.text)
    this.#parts.voice.refused(command, answer)
  }
}
