/** A hundred faults of a call's sound, each told within three seconds, and a hundred healthy calls without a word. */
import { describe, expect, it } from 'vitest'
import { TroubleFinder, type Reading, type Trouble } from './trouble'

/** Numbers from 0 to 1 that are the same in each run. */
function dice(seed: number) {
  let state = seed * 2_654_435_761 + 1
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_507) ^ Math.imul(state, 3_266_489_909)) >>> 0
    return state / 2 ** 32
  }
}

type Fault = { kind: string; expected: Trouble; spoil: (reading: Reading, since: number) => Reading | null }

/** What a reading becomes so many milliseconds after the fault began; null: the page does not read at all. */
const FAULTS: Fault[] = [
  {
    kind: 'the headset is unplugged',
    expected: 'microphone_gone',
    spoil: (reading) => ({ ...reading, hasMicrophone: false, levels: { ...reading.levels, out: 0 } }),
  },
  { kind: 'the browser loses its network', expected: 'lost', spoil: (reading) => ({ ...reading, isOnline: false }) },
  { kind: 'the connection is cut', expected: 'lost', spoil: (reading) => ({ ...reading, isConnected: false }) },
  { kind: 'no packet goes either way', expected: 'lost', spoil: (reading) => stop(reading, 'in', 'out') },
  { kind: 'nothing arrives from the customer', expected: 'not_hearing', spoil: (reading) => stop(reading, 'in') },
  { kind: 'nothing leaves for the customer', expected: 'not_heard', spoil: (reading) => stop(reading, 'out') },
  {
    kind: 'the sandbox says that nothing arrives',
    expected: 'not_hearing',
    spoil: (reading, since) => ({ ...reading, packets: null, oneWay: since > 1500 ? 'in' : '' }),
  },
  {
    kind: 'the sandbox says that nothing of ours arrives',
    expected: 'not_heard',
    spoil: (reading, since) => ({ ...reading, packets: null, oneWay: since > 2000 ? 'out' : '' }),
  },
  {
    kind: 'the microphone gives no sound',
    expected: 'microphone_silent',
    spoil: (reading) => ({ ...reading, silence: { in: false, out: true }, levels: { ...reading.levels, out: 0 } }),
  },
  {
    kind: 'the microphone gives no sound, as a live account counts it: once a second',
    expected: 'microphone_silent',
    spoil: (reading, since) => ({ ...reading, silence: { in: false, out: since > 900 } }),
  },
  {
    kind: 'nothing at all comes from the customer while packets do, and the agent speaks',
    expected: 'customer_silent',
    spoil: (reading, since) => ({
      ...reading,
      silence: { in: true, out: false },
      levels: { in: 0, out: since % 1000 < 300 ? 0.3 : 0.01 },
    }),
  },
  { kind: 'the page stands still', expected: 'frozen', spoil: (reading, since) => (since < 4000 ? null : reading) },
]

let stoppedAt: Reading['packets'] = null

function stop(reading: Reading, ...ways: ('in' | 'out')[]): Reading {
  stoppedAt ??= reading.packets
  if (!reading.packets || !stoppedAt) throw new Error('this driver counts')
  const packets = { ...reading.packets }
  for (const way of ways) packets[way] = stoppedAt[way]
  return { ...reading, packets, levels: { ...reading.levels, in: ways.includes('in') ? 0 : reading.levels.in } }
}

/** A call in which nothing is wrong: pauses, mutes, a customer who listens, a driver that counts once a second, frames
 * that come late together, timers that are late; a line with noise in its pauses, or one that sends nothing then. Gives
 * each reading. */
function* talk(seed: number, counts: boolean, hasNoise = seed % 2 === 0): Generator<Reading> {
  const next = dice(seed)
  let at = next() * 1e6
  let [spokenUntil, mutedUntil, heardUntil, countedAt] = [0, 0, 0, 0]
  let packets = { in: 0, out: 0 }
  let lateUntil = 0
  const began = at
  for (;;) {
    at += 100 + next() * 60 + (next() < 0.02 ? next() * 700 : 0)
    if (at > spokenUntil && next() < 0.05) spokenUntil = at + 500 + next() * 6000
    if (at > heardUntil && next() < 0.03) heardUntil = at + 500 + next() * 20_000
    if (at > mutedUntil && next() < 0.004) mutedUntil = at + next() * 15_000
    if (next() < 0.01) lateUntil = at + next() * 400 // a burst of jitter
    if (at > lateUntil && at - countedAt > (seed % 2 ? 1000 : 0)) {
      countedAt = at
      packets = { in: Math.floor((at - began) / 20), out: Math.floor((at - began) / 20) }
    }
    const isMuted = at < mutedUntil
    const noise = 0.001 + next() * 0.004
    const isHeard = at < heardUntil
    // between two words, too, a codec may send nothing at all for silence
    const isSilent = !hasNoise && (!isHeard || next() < 0.15)
    yield {
      at,
      levels: {
        in: isSilent ? 0 : isHeard ? next() * 0.6 : counts ? 0 : noise,
        out: isMuted ? 0 : at < spokenUntil ? 0.05 + next() * 0.5 : counts ? 0 : noise, // rounded in a quiet room
      },
      silence: { in: isSilent, out: isMuted },
      packets: counts ? packets : null,
      oneWay: '',
      isConnected: true,
      isOnline: true,
      hasMicrophone: true,
      isMuted,
    }
  }
}

const HUNDRED = Array.from({ length: 100 }, (_, seed) => seed)

describe('a call whose sound fails', () => {
  it.each(HUNDRED)('is told within three seconds (%i)', (seed) => {
    const fault = FAULTS[seed % FAULTS.length]!
    const finder = new TroubleFinder()
    stoppedAt = null
    const wanted = dice(seed + 1000)() * 30_000 + 30_000 // by then the customer has listened for a while
    let began: number | undefined
    let beganReading: number | undefined
    for (const reading of talk(seed, true, fault.expected === 'customer_silent' || undefined)) {
      beganReading ??= reading.at
      const isDue = reading.at - beganReading > wanted
      // A muted microphone is silent by the agent's own wish
      if (began === undefined && isDue && !reading.isMuted) began = reading.at
      if (began === undefined) {
        expect(finder.read(reading), fault.kind).toBeNull()
        continue
      }
      const since = reading.at - began
      const spoilt = fault.spoil({ ...reading, isMuted: false, levels: { ...reading.levels, out: 0.01 } }, since)
      if (spoilt === null) continue
      const told = finder.read(spoilt)
      const limit = fault.expected === 'frozen' ? 4000 + 3000 : 3000 // a page that stands still tells when it moves
      expect(since, `${fault.kind}: nothing was told`).toBeLessThanOrEqual(limit)
      if (told === null) continue
      expect(told, fault.kind).toBe(fault.expected)
      return
    }
  })
})

describe('a healthy call', () => {
  it.each(HUNDRED)('is told nothing of in two minutes (%i)', (seed) => {
    const finder = new TroubleFinder()
    let began: number | undefined
    for (const reading of talk(seed, seed % 3 !== 0)) {
      began ??= reading.at
      expect(finder.read(reading)).toBeNull()
      if (reading.at - began > 120_000) return
    }
  })
})

it('a trouble that is over is no longer told', () => {
  const finder = new TroubleFinder()
  const [first, second, third] = [...take(talk(1, true), 3)] as [Reading, Reading, Reading]
  expect(finder.read(first)).toBeNull()
  expect(finder.read({ ...second, hasMicrophone: false })).toBe('microphone_gone')
  expect(finder.read(third)).toBeNull()
})

function* take<Value>(values: Iterable<Value>, most: number): Generator<Value> {
  let taken = 0
  for (const value of values) {
    if (taken++ >= most) return
    yield value
  }
}
