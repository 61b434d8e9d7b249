/**
 * How loud the others are heard in a live call: the provider's SDK has no volume, and lets their sound pass through here.
 *
 * The rule of this file: it is in use from the first time that somebody changes the volume, so other calls are heard as
 * the SDK plays them.
 */
import type { AudioProcessor, Device } from '@twilio/voice-sdk'

export class HeardVolume implements AudioProcessor {
  #share = 1
  #isAdded = false
  #gain: GainNode | undefined
  #context: AudioContext | undefined

  /** 0 is silence, 1 as it comes. */
  set(share: number, device: Device | undefined): void {
    this.#share = share
    if (this.#gain) this.#gain.gain.value = share
    if (this.#isAdded || share === 1 || !device?.audio) return
    this.#isAdded = true
    device.audio.addProcessor(this, true).catch(() => (this.#isAdded = false)) // the next change tries again
  }

  createProcessedStream(stream: MediaStream): Promise<MediaStream> {
    const context = (this.#context = new AudioContext())
    const gain = (this.#gain = new GainNode(context, { gain: this.#share }))
    const heard = new MediaStreamAudioDestinationNode(context)
    new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(gain).connect(heard)
    return Promise.resolve(heard.stream)
  }

  async destroyProcessedStream(): Promise<void> {
    const context = this.#context
    this.#gain = this.#context = undefined
    await context?.close()
  }
}
