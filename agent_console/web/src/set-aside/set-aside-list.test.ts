import { expect, test } from 'vitest'
import type { SetAsideArrival } from '../generated/wire'
import { ApiError } from '../shared/api'
import { SetAsideList } from './set-aside-list.svelte'

const arrival = (id: number): SetAsideArrival => ({
  id,
  channel: 'sms',
  kind: 'MessageReceived',
  received_at: Date.UTC(2026, 10, 22, 9),
  tries: 3,
  problem: "KeyError: 'från'",
})

/** Opens the list against a hub that lists what the test says. */
function open(...ids: number[]) {
  const hub = { ids, ran: [] as number[], error: null as ApiError | null }
  const arrivals = new SetAsideList({
    list: () =>
      hub.error
        ? Promise.reject(hub.error)
        : Promise.resolve({ arrivals: hub.ids.map(arrival), channels: [], has_more: false }),
    runAgain: (id) => {
      hub.ran.push(id)
      hub.ids = hub.ids.filter((one) => one !== id)
      return Promise.resolve(null)
    },
  })
  const shown = () => arrivals.shown?.map(({ id }) => id)
  return { hub, arrivals, shown }
}

test('an arrival that runs again stays on the list until its run has ended', async () => {
  const { arrivals, shown } = open(1, 2)
  await arrivals.look()
  await arrivals.run(1)
  expect(arrivals.isRunning(1)).toBe(true)
  expect(await arrivals.look()).toEqual({ done: 0, failed: 0 })
  expect(shown()).toEqual([1, 2])
  await arrivals.look()
  expect(await arrivals.look()).toEqual({ done: 1, failed: 0 })
  expect(shown()).toEqual([2])
  expect(arrivals.isBusy).toBe(false)
})

test('an arrival that is listed again has failed again', async () => {
  const { hub, arrivals, shown } = open(1)
  await arrivals.look()
  await arrivals.run(1)
  await arrivals.look()
  hub.ids = [1]
  expect(await arrivals.look()).toEqual({ done: 0, failed: 1 })
  expect(shown()).toEqual([1])
  expect(arrivals.isRunning(1)).toBe(false)
})

test('an arrival that is running is not run a second time', async () => {
  const { hub, arrivals } = open(1)
  await arrivals.look()
  await arrivals.run(1)
  await arrivals.run(1)
  expect(hub.ran).toEqual([1])
})

test('while the hub is away its last list stays', async () => {
  const { hub, arrivals, shown } = open(1)
  await arrivals.look()
  hub.error = new ApiError(0, '')
  await arrivals.look()
  expect([arrivals.isAway, shown()]).toEqual([true, [1]])
  hub.error = null
  await arrivals.look()
  expect(arrivals.isAway).toBe(false)
})

test('a person who is no administrator is refused, and a person who is signed out gets the error 401', async () => {
  const { hub, arrivals } = open(1)
  hub.error = new ApiError(403, 'may_not')
  await arrivals.look()
  expect(arrivals.isRefused).toBe(true)
  hub.error = new ApiError(401, 'signed_out')
  await expect(arrivals.look()).rejects.toThrow()
})
