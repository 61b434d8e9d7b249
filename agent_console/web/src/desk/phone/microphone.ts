/** A microphone that is only listened to: which there are, and how loud one is. */
import { readMicrophoneError } from './softphone'

export class Microphone {
  #samples: Float32Array<ArrayBuffer>

  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
    private readonly analyser: AnalyserNode,
  ) {
    this.#samples = new Float32Array(analyser.fftSize)
  }

  /** `deviceId`: empty for the browser's own choice. Throws PhoneRefused. */
  static async open(deviceId: string): Promise<Microphone> {
    let stream: MediaStream
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: deviceId === '' ? true : { deviceId: { exact: deviceId } },
      })
    } catch (error) {
      throw readMicrophoneError(error)
    }
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(stream).connect(analyser)
    return new Microphone(stream, context, analyser)
  }

  /** Named only once the browser gives the microphone. */
  static async list(): Promise<{ id: string; name: string }[]> {
    const devices = await navigator.mediaDevices.enumerateDevices()
    return devices
      .filter(({ kind }) => kind === 'audioinput')
      .map(({ deviceId, label }) => ({ id: deviceId, name: label }))
  }

  /** Which it is, among those that `list` names. */
  get id(): string {
    return this.stream.getAudioTracks()[0]?.getSettings().deviceId ?? ''
  }

  /** From 0 to 1: the root of the mean square. */
  level(): number {
    this.analyser.getFloatTimeDomainData(this.#samples)
    return Math.sqrt(this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length)
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop()
    void this.context.close()
  }
}
