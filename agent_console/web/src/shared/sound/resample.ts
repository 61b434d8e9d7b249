/**
 * Between the device's samples a second and the telephone's 8,000.
 *
 * The rule of this file: it keeps what is left over between blocks, so that nothing clicks where they meet.
 */
import { RATE, SAMPLES } from './frames'

/** Makes frames of 160 samples from blocks of any rate. Each sample is the mean of those it stands for. */
export class FrameCutter {
  #sum = 0
  #count = 0
  #due = 0
  #frame = new Float32Array(SAMPLES)
  #filled = 0

  constructor(private readonly rate: number) {}

  /** The frames that a block completes. */
  cut(block: Float32Array): Float32Array[] {
    const done: Float32Array[] = []
    for (const sample of block) {
      this.#sum += sample
      this.#count += 1
      this.#due += RATE / this.rate
      while (this.#due >= 1) {
        this.#due -= 1
        this.#frame[this.#filled] = this.#count ? this.#sum / this.#count : (this.#frame[this.#filled - 1] ?? 0)
        this.#filled += 1
        this.#sum = 0
        this.#count = 0
        if (this.#filled === SAMPLES) {
          done.push(this.#frame)
          this.#frame = new Float32Array(SAMPLES)
          this.#filled = 0
        }
      }
    }
    return done
  }
}

/** Fills blocks of any rate from frames, with straight lines between the samples. */
export class FrameSpreader {
  #frame: Float32Array = new Float32Array(SAMPLES)
  #before = 0
  #at = SAMPLES

  constructor(private readonly rate: number) {}

  /** `take` gives the next 20 ms; null is silence. */
  fill(block: Float32Array, take: () => Float32Array | null): void {
    for (let index = 0; index < block.length; index++) {
      while (this.#at >= SAMPLES) {
        this.#before = this.#frame[SAMPLES - 1] ?? 0
        this.#frame = take() ?? new Float32Array(SAMPLES)
        this.#at -= SAMPLES
      }
      const whole = Math.floor(this.#at)
      const left = whole === 0 ? this.#before : (this.#frame[whole - 1] ?? 0)
      block[index] = left + ((this.#frame[whole] ?? 0) - left) * (this.#at - whole)
      this.#at += RATE / this.rate
    }
  }
}
