/**
 * The microphone and the loudspeaker of this browser.
 *
 * The rule of this file: the microphone is opened when it is asked for and closed when it is not, since the browser
 * shows people that it is open.
 */
import { FRAME_MS, levelOf, type Frame } from './frames'
import workletUrl from './worklet.ts?worker&url'

const LEVEL_FRAMES = 5 // 100 ms

type Played = { depth: number; samples: Float32Array | null }

export class Audio {
  /** Frames of the microphone, one every 20 ms. */
  onframe: (samples: Float32Array) => void = () => {}
  /** The microphone has gone by itself: unplugged, or its permission taken away. */
  onmicrophonelost: () => void = () => {}
  #microphone: { stream: MediaStream; source: MediaStreamAudioSourceNode; node: AudioWorkletNode } | null = null
  #said: number[] = []
  #heard: number[] = []
  #depth = 0

  private constructor(
    private readonly context: AudioContext,
    private readonly loudspeaker: AudioWorkletNode,
    private readonly volume: GainNode,
  ) {
    loudspeaker.port.onmessage = ({ data }: MessageEvent<Played>) => {
      this.#depth = data.depth
      note(this.#heard, data.samples ? levelOf(data.samples) : 0)
    }
  }

  static async open(): Promise<Audio> {
    const context = new AudioContext({ latencyHint: 'interactive' })
    await context.audioWorklet.addModule(workletUrl)
    const loudspeaker = new AudioWorkletNode(context, 'loudspeaker', { numberOfInputs: 0, outputChannelCount: [1] })
    const volume = new GainNode(context)
    loudspeaker.connect(volume).connect(context.destination)
    void context.resume()
    return new Audio(context, loudspeaker, volume)
  }

  get hasMicrophone(): boolean {
    return this.#microphone !== null
  }

  /** Opens the microphone: true for the usual one, or the id of a device. Throws the browser's DOMException. */
  async openMicrophone(which: true | string): Promise<void> {
    const wanted = which === true ? {} : { deviceId: { exact: which } }
    const stream = await navigator.mediaDevices.getUserMedia({
      // people try both ends on one machine, so echoes go; a tone stays, which suppression would take for noise
      audio: { ...wanted, echoCancellation: true, noiseSuppression: false, autoGainControl: true },
    })
    this.closeMicrophone()
    const source = new MediaStreamAudioSourceNode(this.context, { mediaStream: stream })
    const node = new AudioWorkletNode(this.context, 'microphone', { numberOfOutputs: 0, channelCount: 1 })
    node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      note(this.#said, levelOf(data))
      this.onframe(data)
    }
    source.connect(node)
    const [track] = stream.getAudioTracks()
    if (track) {
      track.onended = () => {
        this.closeMicrophone()
        this.onmicrophonelost()
      }
    }
    this.#microphone = { stream, source, node }
    void this.context.resume()
  }

  closeMicrophone(): void {
    if (!this.#microphone) return
    const { stream, source, node } = this.#microphone
    node.port.onmessage = null
    source.disconnect()
    for (const track of stream.getTracks()) track.stop()
    this.#microphone = null
    this.#said = []
  }

  /** How loud frames are played: 0 is silence, 1 as they come. */
  setVolume(share: number): void {
    this.volume.gain.value = share
  }

  play(frame: Frame): void {
    this.loudspeaker.port.postMessage(frame, [frame.samples.buffer])
  }

  /** Forgets what was to be played: another call numbers its frames anew. */
  restart(): void {
    this.loudspeaker.port.postMessage('restart')
  }

  /** What came in and went out in the last 100 ms, from 0 to 1. */
  levels(): { in: number; out: number } {
    return { in: mean(this.#heard), out: mean(this.#said) }
  }

  /** Milliseconds between the arrival of a frame and its sound. */
  delay(): number {
    return this.#depth * FRAME_MS + (this.context.baseLatency + (this.context.outputLatency || 0)) * 1000
  }

  async close(): Promise<void> {
    this.closeMicrophone()
    await this.context.close()
  }
}

function note(levels: number[], level: number): void {
  levels.push(level)
  if (levels.length > LEVEL_FRAMES) levels.shift()
}

function mean(levels: number[]): number {
  return levels.length ? levels.reduce((sum, level) => sum + level, 0) / levels.length : 0
}
