import { expect, test } from 'vitest'
import { ApiError } from '../shared/api'
import { inTurn, LONGEST_MS } from './patience'

function manual() {
  let at = 0
  return { now: () => at, pause: async (ms: number) => void (at += ms) }
}

test('a sign-in that has to wait is tried again until it is its turn', async () => {
  let asked = 0
  let told = 0
  const answer = await inTurn(
    async () => {
      if (++asked < 4) throw new ApiError(429, 'too_many_failures')
      return 'in'
    },
    () => told++,
    manual(),
  )
  expect([answer, asked, told]).toEqual(['in', 4, 3])
})

test('a sign-in waits at most as long as a turn can take', async () => {
  const clock = manual()
  const never = async () => {
    throw new ApiError(429, 'too_many_failures')
  }
  await expect(inTurn(never, () => {}, clock)).rejects.toThrow('too_many_failures')
  expect(clock.now()).toBeLessThanOrEqual(LONGEST_MS)
})

test('a wrong password is reported at once', async () => {
  const wrong = async () => {
    throw new ApiError(401, 'wrong_sign_in')
  }
  await expect(inTurn(wrong, () => expect.unreachable(), manual())).rejects.toThrow('wrong_sign_in')
})
