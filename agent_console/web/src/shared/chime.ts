/**
 * A soft two-note sound for a new offer. Web Audio makes it, so that no file is loaded.
 *
 * The rule of this file: the sound is soft, plays once, and stays silent until the browser allows sound.
 */
import { browserStorage } from './storage'

const KEY = 'hub.sound'
let context: AudioContext | undefined

export function isSoundOn(): boolean {
  return browserStorage.getItem(KEY) !== 'off'
}

export function setSound(isOn: boolean): void {
  browserStorage.setItem(KEY, isOn ? 'on' : 'off')
  if (isOn) chime()
}

export function chime(): void {
  if (!isSoundOn() || !navigator.userActivation?.hasBeenActive) return
  context ??= new AudioContext()
  void context.resume()
  note(context, 659.3, 0)
  note(context, 880, 0.14)
}

function note(audio: AudioContext, frequency: number, after: number): void {
  const start = audio.currentTime + after
  const tone = new OscillatorNode(audio, { type: 'sine', frequency })
  const loudness = new GainNode(audio, { gain: 0 })
  loudness.gain.linearRampToValueAtTime(0.07, start + 0.02)
  loudness.gain.exponentialRampToValueAtTime(0.0001, start + 0.5)
  tone.connect(loudness).connect(audio.destination)
  tone.start(start)
  tone.stop(start + 0.55)
}
