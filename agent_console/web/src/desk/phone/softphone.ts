/**
 * An agent's browser as a telephone: what the desk asks of it and what it is told. Two drivers implement it.
 *
 * The rule of this file: types alone. Whose protocol is spoken is known to a driver and to nobody else.
 */
import type { SoftphoneToken } from '../../generated/wire'

export type Ringing = { call: string; from: string }

/** `lossShare` from 0 to 1. */
export type Quality = { lossShare: number; jitterMs: number; delayMs: number }

/** Packets of the call since it began. null: the driver finds by itself that none come, and tells `oneWay`. */
export type Packets = { in: number; out: number } | null

/** Whether a direction is perfectly silent: no sound at all, not even noise. */
export type Silence = { in: boolean; out: boolean }

export type SoftphoneEvents = {
  ringing(ringing: Ringing): void
  connected(call: string): void
  ended(call: string): void
  /** The connection is cut, and is tried again. */
  lost(): void
  /** It is there again. `call`: the call that goes on; empty if none does. */
  restored(call: string): void
  /** `in`: nothing is heard; `out`: nothing of ours arrives; empty: both ways are heard again. */
  oneWay(direction: 'in' | 'out' | ''): void
  /** The same agent's telephone was opened elsewhere, and that one rings. */
  replaced(): void
  /** The token ends soon, or has ended. */
  tokenEnds(): void
  device_changed(hasMicrophone: boolean): void
  /** It worked and does so no more. A person has to see to it. */
  failed(problem: PhoneProblem): void
}

export interface Softphone {
  /** Opens the microphone and registers. Throws PhoneRefused. */
  prepare(): Promise<void>
  /** Calls the application that the token names. */
  connect(parameters: Record<string, string>): Promise<void>
  accept(call: string): void
  mute(on: boolean): void
  /** How loud the others are heard: 0 is silence, 1 as it comes, 2 twice as loud. */
  setVolume(share: number): void
  /** Presses keys, `0-9*#`, after those that were pressed before. False: there is no call to press them in. */
  tones(keys: string): boolean
  hang_up(): void
  /** What comes in and goes out, from 0 to 1. */
  levels(): { in: number; out: number }
  /** A level of 0 says less: levels are rounded, and 0 in a quiet room too. */
  silence(): Silence
  quality(): Quality
  packets(): Packets
  /** Another token of the same person. */
  renew(token: string): void
  /** Takes another microphone. Throws PhoneRefused. */
  setMicrophone(deviceId: string): Promise<void>
  close(): void
}

export type OpenSoftphone = (token: SoftphoneToken, events: SoftphoneEvents) => Promise<Softphone>

export type PhoneProblem = 'no_microphone' | 'microphone_denied' | 'unreachable' | 'refused' | 'unsupported'

/** The browser cannot be a telephone. */
export class PhoneRefused extends Error {
  constructor(readonly problem: PhoneProblem) {
    super(problem)
  }
}

/** What the browser says of a microphone that it does not give. */
export function readMicrophoneError(error: unknown): PhoneRefused {
  const name = error instanceof Error ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return new PhoneRefused('microphone_denied')
  if (name === 'NotFoundError' || name === 'NotReadableError' || name === 'OverconstrainedError')
    return new PhoneRefused('no_microphone')
  return new PhoneRefused('unreachable')
}
