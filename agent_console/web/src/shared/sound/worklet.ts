/**
 * Runs on the browser's audio thread: the microphone as frames, and frames as sound.
 *
 * The rule of this file: it only moves samples. What they mean is decided in `audio.ts`.
 */
import type { Frame } from './frames'
import { Playout } from './playout'
import { FrameCutter, FrameSpreader } from './resample'

declare const sampleRate: number
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void

class Microphone extends AudioWorkletProcessor {
  #cutter = new FrameCutter(sampleRate)

  process([input]: Float32Array[][]): boolean {
    const block = input?.[0]
    if (block) for (const frame of this.#cutter.cut(block)) this.port.postMessage(frame)
    return true
  }
}

class Loudspeaker extends AudioWorkletProcessor {
  #playout = new Playout()
  #spreader = new FrameSpreader(sampleRate)

  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<Frame | 'restart'>) => {
      if (data === 'restart') this.#playout = new Playout()
      else this.#playout.put(data)
    }
  }

  process(_: Float32Array[][], [output]: Float32Array[][]): boolean {
    const block = output?.[0]
    if (block) {
      this.#spreader.fill(block, () => {
        const samples = this.#playout.take()
        this.port.postMessage({ depth: this.#playout.depth, samples })
        return samples
      })
    }
    return true
  }
}

registerProcessor('microphone', Microphone)
registerProcessor('loudspeaker', Loudspeaker)
