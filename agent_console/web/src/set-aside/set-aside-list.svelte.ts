/**
 * The arrivals that were set aside, and how a second run of each ends.
 *
 * The rule of this file: the hub's list decides. An arrival that failed again comes back to the list; one that is
 * missing from three lists in a row went through.
 */
import type { SetAsideArrival, SetAsideView } from '../generated/wire'
import { channels } from '../shared/channels.svelte'
import { ApiError } from '../shared/api'

const LOOKS = 3 // lists in a row without the arrival, until it counts as done

export interface Doors {
  list(): Promise<SetAsideView>
  runAgain(id: number): Promise<unknown>
}

export interface Ended {
  done: number
  failed: number
}

export class SetAsideList {
  shown = $state.raw<SetAsideArrival[] | null>(null) // null until the first list has come
  hasMore = $state(false)
  isRefused = $state(false)
  isAway = $state(false)
  #running = $state.raw(new Map<number, number>()) // id -> lists so far without it
  readonly #doors: Doors

  constructor(doors: Doors) {
    this.#doors = doors
  }

  isRunning(id: number): boolean {
    return this.#running.has(id)
  }

  get isBusy(): boolean {
    return this.#running.size > 0
  }

  /** Fetches the list. Returns how many runs have ended since the last time. Throws ApiError 401. */
  async look(): Promise<Ended> {
    let found: SetAsideView
    try {
      found = await this.#doors.list()
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw error
      this.isRefused = error instanceof ApiError && error.status === 403
      this.isAway = !this.isRefused
      return { done: 0, failed: 0 }
    }
    channels.learn(found.channels)
    this.isAway = false
    this.hasMore = found.has_more
    const listed = new Set(found.arrivals.map(({ id }) => id))
    const ended = { done: 0, failed: 0 }
    const running = new Map<number, number>()
    for (const [id, looks] of this.#running) {
      if (listed.has(id)) ended.failed += 1
      else if (looks + 1 === LOOKS) ended.done += 1
      else running.set(id, looks + 1)
    }
    const kept = (this.shown ?? []).filter(({ id }) => running.has(id) && !listed.has(id))
    this.shown = [...found.arrivals, ...kept].sort((one, other) => one.id - other.id)
    this.#running = running
    return ended
  }

  /** Asks the hub to run an arrival again. Throws ApiError: 404 if somebody else was quicker. */
  async run(id: number): Promise<void> {
    if (this.isRunning(id)) return
    await this.#doors.runAgain(id)
    this.#running = new Map([...this.#running, [id, 0]])
  }
}
