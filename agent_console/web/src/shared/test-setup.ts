/**
 * What each unit test begins with. The files of tests share their modules, for to load those anew for each file takes
 * most of the time.
 *
 * The rule of this file: what one test has taught or faked is gone before the next.
 */
import { afterEach, beforeEach, vi } from 'vitest'
import { channels } from './channels.svelte'
import { CHANNELS } from './channels-cast'

beforeEach(() => channels.learn(CHANNELS))
afterEach(() => void vi.useRealTimers())
