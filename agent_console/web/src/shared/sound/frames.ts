/**
 * One frame: 20 ms of mu-law, as `channels/sandbox/README.md` (Sound) has it on the wire.
 *
 * The rule of this file: samples are numbers from -1 to 1, 160 of them a frame, 8,000 a second.
 */
export const RATE = 8000
export const SAMPLES = 160
export const FRAME_MS = 20
export const NUMBERS = 65_536

const MULAW = 0
const HEADER_BYTES = 3
const BIAS = 0x84
const LOUDEST = 32_635

export type Frame = { number: number; samples: Float32Array }

const DECODED = Float32Array.from({ length: 256 }, (_, value) => decodeByte(value))

export function packFrame(number: number, samples: Float32Array): ArrayBuffer {
  const bytes = new Uint8Array(HEADER_BYTES + SAMPLES)
  bytes[0] = MULAW
  bytes[1] = (number >> 8) & 0xff
  bytes[2] = number & 0xff
  for (let at = 0; at < SAMPLES; at++) bytes[HEADER_BYTES + at] = encodeSample(samples[at] ?? 0)
  return bytes.buffer
}

/** The frame in a message; null if it is none. */
export function parseFrame(data: ArrayBuffer): Frame | null {
  const bytes = new Uint8Array(data)
  if (bytes.length !== HEADER_BYTES + SAMPLES || bytes[0] !== MULAW) return null
  const samples = new Float32Array(SAMPLES)
  for (let at = 0; at < SAMPLES; at++) samples[at] = DECODED[bytes[HEADER_BYTES + at] ?? 0xff] ?? 0
  return { number: ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0), samples }
}

/** Loudness from 0 to 1: the root of the mean square. */
export function levelOf(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.sqrt(sum / Math.max(1, samples.length))
}

function encodeSample(sample: number): number {
  const value = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767)
  const size = Math.min(Math.abs(value), LOUDEST) + BIAS
  const exponent = 24 - Math.clz32(size)
  return ~((value < 0 ? 0x80 : 0) | (exponent << 4) | ((size >> (exponent + 3)) & 0x0f)) & 0xff
}

function decodeByte(value: number): number {
  const bits = ~value & 0xff
  const size = ((((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 7)) - BIAS
  return (bits & 0x80 ? -size : size) / 32_768
}
