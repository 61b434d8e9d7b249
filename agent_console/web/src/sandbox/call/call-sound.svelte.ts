/**
 * The sound of the customer's call in this page.
 *
 * The rule of this file: the call goes on without sound. Whatever goes wrong is a sentence, and the customer types.
 */
import { LineRefused, openSoundLine, type SoundLine } from '../../shared/sound/sound-line'

const LOOK_MS = 100

export type Trouble = 'failed' | 'lost' | 'one_way.in' | 'one_way.out' | 'elsewhere' | 'no_microphone'

export class CallSound {
  trouble = $state<Trouble | ''>('')
  isSpeaking = $state(false)
  isHeard = $state(false)
  levels = $state.raw({ in: 0, out: 0 })
  #line: SoundLine | null = null
  #timer: ReturnType<typeof setInterval>
  #isClosed = false

  constructor(address: string) {
    this.#timer = setInterval(() => this.#line && (this.levels = this.#line.levels()), LOOK_MS)
    void this.#open(address)
  }

  async setMicrophone(on: boolean): Promise<void> {
    try {
      await this.#line?.setMicrophone(on)
      this.isSpeaking = on
      if (this.trouble === 'no_microphone') this.trouble = ''
    } catch {
      this.trouble = 'no_microphone'
    }
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#line?.close()
  }

  async #open(address: string): Promise<void> {
    try {
      const line = await openSoundLine(address, '', {
        events: {
          lost: () => (this.trouble = 'lost'),
          restored: () => (this.trouble = ''),
          oneWay: (direction) => (this.trouble = `one_way.${direction}`),
          bothWays: () => (this.trouble = ''),
          problem: () => (this.trouble = 'failed'),
          microphoneLost: () => {
            this.isSpeaking = false
            this.trouble = 'no_microphone'
          },
          replaced: () => {
            this.isHeard = false
            this.trouble = 'elsewhere'
          },
        },
      })
      this.#line = line
      this.isHeard = true
      if (this.#isClosed) line.close()
    } catch (error) {
      const isOver = error instanceof LineRefused && error.code === 'no_call' // the call ended at this very moment
      if (!this.#isClosed && !isOver) this.trouble = 'failed'
    }
  }
}
