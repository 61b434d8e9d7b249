import { describe, expect, it } from 'vitest'
import { levelOf, packFrame, parseFrame, RATE, SAMPLES } from './frames'
import { Playout } from './playout'
import { LineQuality } from './quality'
import { FrameCutter, FrameSpreader } from './resample'

const tone = (hertz: number, rate: number, count: number) =>
  Float32Array.from({ length: count }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hertz * at) / rate))

/** The amplitude of one frequency (Goertzel's bin). */
function loudness(samples: Float32Array, hertz: number, rate: number): number {
  let [real, imaginary] = [0, 0]
  samples.forEach((sample, at) => {
    real += sample * Math.cos((2 * Math.PI * hertz * at) / rate)
    imaginary += sample * Math.sin((2 * Math.PI * hertz * at) / rate)
  })
  return (2 * Math.hypot(real, imaginary)) / samples.length
}

describe('a frame', () => {
  it('survives the wire to the exactness of mu-law', () => {
    const samples = tone(440, RATE, SAMPLES)
    const frame = parseFrame(packFrame(65_535, samples))
    expect(frame?.number).toBe(65_535)
    frame?.samples.forEach((sample, at) => expect(sample).toBeCloseTo(samples[at] ?? 0, 1))
    expect(levelOf(samples)).toBeCloseTo(0.354, 1)
  })

  it('is as the sandbox packs it', () => {
    const bytes = new Uint8Array(packFrame(258, new Float32Array(SAMPLES)))
    expect([...bytes.slice(0, 4)]).toEqual([0, 1, 2, 0xff])
    expect(bytes.length).toBe(163)
  })

  it('is nothing else', () => {
    expect(parseFrame(new ArrayBuffer(162))).toBeNull()
    expect(parseFrame(new Uint8Array(163).fill(1).buffer)).toBeNull()
  })
})

describe('the buffer', () => {
  const frame = (number: number) => ({ number: number % 65_536, samples: new Float32Array([number]) })
  const heard = (playout: Playout) => playout.take()?.[0] ?? null

  it('puts in order what comes late, and leaves a gap for what is lost', () => {
    const playout = new Playout()
    for (const number of [65_534, 65_536, 65_535, 65_538]) playout.put(frame(number))
    expect([1, 2, 3, 4, 5].map(() => heard(playout))).toEqual([65_534, 65_535, 65_536, null, 65_538])
  })

  it('waits for more in hand after it ran dry', () => {
    const playout = new Playout()
    playout.put(frame(1))
    playout.put(frame(2))
    expect([1, 2, 3].map(() => heard(playout))).toEqual([1, 2, null])
    playout.put(frame(3))
    playout.put(frame(4))
    expect(heard(playout)).toBeNull()
    playout.put(frame(5))
    expect(heard(playout)).toBe(3)
  })

  it('does not keep a burst as delay', () => {
    const playout = new Playout()
    for (let number = 0; number < 40; number++) playout.put(frame(number))
    expect(playout.depth).toBeLessThan(6)
  })
})

describe('between the rates', () => {
  it.each([8000, 16_000, 44_100, 48_000])('a tone stays a tone from and to %i', (rate) => {
    const cutter = new FrameCutter(rate)
    const source = tone(440, rate, rate)
    const frames: Float32Array[] = []
    for (let at = 0; at < source.length; at += 128) frames.push(...cutter.cut(source.subarray(at, at + 128)))
    expect(frames.length).toBeGreaterThan(47)
    const telephone = Float32Array.from(frames.flatMap((frame) => [...frame]))
    expect(loudness(telephone, 440, RATE)).toBeGreaterThan(0.4)
    const spreader = new FrameSpreader(rate)
    const output = new Float32Array(rate / 2)
    spreader.fill(output, () => frames.shift() ?? null)
    expect(loudness(output, 440, rate)).toBeGreaterThan(0.4)
    expect(loudness(output, 880, rate)).toBeLessThan(0.02)
  })
})

describe('the quality of a line', () => {
  it('counts what did not come, and how unevenly the rest did', () => {
    const quality = new LineQuality()
    for (let number = 0; number < 200; number++) if (number % 10) quality.put(number, number * 20 + (number % 3) * 9)
    expect(quality.lossShare).toBeCloseTo(0.1, 1)
    expect(quality.jitterMs).toBeGreaterThan(5)
  })

  it('finds nothing wrong with a good one, also where the numbers begin again', () => {
    const quality = new LineQuality()
    for (let number = 0; number < 200; number++) quality.put((65_500 + number) % 65_536, number * 20)
    expect(quality.lossShare).toBe(0)
    expect(quality.jitterMs).toBe(0)
  })
})
