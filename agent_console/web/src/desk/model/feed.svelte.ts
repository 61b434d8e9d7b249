/**
 * The stream of numbered events: holds the snapshot, notices a gap, and asks for the missing events.
 *
 * The rule of this file: the snapshot has one number. The event with the next number is applied, an older one is
 * dropped, and a newer one waits until the gap before it is filled.
 */
import type { DeskSnapshot, NumberedEvent, QueueLine, ResumeAnswer } from '../../generated/wire'
import { applyEvent, type DeskEvent } from './events'

const TRY_AGAIN_MS = 1000

export interface FeedListener {
  onSnapshot(snapshot: DeskSnapshot): void
  onApplied(event: DeskEvent, after: DeskSnapshot, before: DeskSnapshot): void
  onStanding(): void // no event is missing: commands may be sent
}

export class Feed {
  #snapshot = $state.raw<DeskSnapshot>()
  #ahead: NumberedEvent[] = []
  #isAsking = false
  #round = 0 // the answer to an older round is ignored

  constructor(
    private readonly ask: (number: number | null) => Promise<ResumeAnswer>,
    private readonly listener: FeedListener,
  ) {}

  get snapshot(): DeskSnapshot | undefined {
    return this.#snapshot
  }

  /** Asks for what is missing: after each connect, and when there is a gap. Repeats until an answer comes or the
   * line is lost. */
  async resume(): Promise<void> {
    const round = ++this.#round
    this.#isAsking = true
    let answer: ResumeAnswer
    try {
      answer = await this.ask(this.#snapshot?.number ?? null)
    } catch {
      setTimeout(() => round === this.#round && void this.resume(), TRY_AGAIN_MS)
      return
    }
    if (round !== this.#round) return
    this.#isAsking = false
    if (answer.snapshot) {
      this.#snapshot = answer.snapshot
      this.listener.onSnapshot(answer.snapshot)
    }
    this.#ahead.push(...(answer.events ?? []))
    this.#applyWhatFollows()
    if (!this.#isAsking) this.listener.onStanding()
  }

  /** The line is lost: a question that was sent on it gets no answer. */
  lost(): void {
    this.#round += 1
    this.#isAsking = false
  }

  receive(event: NumberedEvent): void {
    this.#ahead.push(event)
    this.#applyWhatFollows()
  }

  setQueues(queues: QueueLine[]): void {
    if (this.#snapshot) this.#snapshot = { ...this.#snapshot, queues }
  }

  #applyWhatFollows(): void {
    this.#ahead.sort((one, other) => one.number - other.number)
    while (this.#snapshot) {
      const next = this.#ahead[0]
      if (!next || next.number > this.#snapshot.number + 1) break
      this.#ahead.shift()
      if (next.number <= this.#snapshot.number) continue
      const before = this.#snapshot
      this.#snapshot = applyEvent(before, next)
      this.listener.onApplied(next.event, this.#snapshot, before)
    }
    if (this.#ahead.length > 0 && !this.#isAsking) void this.resume()
  }
}
