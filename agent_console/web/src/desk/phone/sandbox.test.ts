/** The softphone of the sandbox against a stand-in of its line, typed by the line's own type. */
import { expect, it, vi } from 'vitest'
import { LineRefused, type LineEvents, type SoundLine } from '../../shared/sound/sound-line'
import { openSandbox } from './sandbox'
import { PhoneRefused } from './softphone'
import { hear, TOKEN } from './told'

type UsedOfLine = Pick<
  SoundLine,
  | 'accept'
  | 'mute'
  | 'tones'
  | 'hangUp'
  | 'callApplication'
  | 'levels'
  | 'quality'
  | 'renew'
  | 'setMicrophone'
  | 'close'
>

function fakeLine() {
  return {
    accept: vi.fn(),
    mute: vi.fn(),
    tones: vi.fn(() => true),
    hangUp: vi.fn(),
    callApplication: vi.fn(),
    levels: () => ({ in: 0.1, out: 0.2 }),
    quality: () => ({ lossShare: 0, jitterMs: 3, delayMs: 40 }),
    renew: vi.fn(),
    setMicrophone: vi.fn(() => Promise.resolve()),
    close: vi.fn(),
  } satisfies UsedOfLine
}

it("the sandbox's line is opened with the token, and what it tells is told on", async () => {
  const told = hear()
  const line = fakeLine()
  let events: Partial<LineEvents> = {}
  const open = vi.fn((_url: string, _token: string, options: { events?: Partial<LineEvents> } = {}) => {
    events = options.events ?? {}
    return Promise.resolve(line as unknown as SoundLine)
  })
  const phone = await openSandbox(TOKEN, told, open)
  expect(phone.levels()).toEqual({ in: 0, out: 0 })
  expect(phone.tones('1')).toBe(false)
  await phone.prepare()
  expect(open).toHaveBeenCalledWith('ws://127.0.0.1:9/client', 't1', expect.objectContaining({ microphone: true }))
  events.ringing!({ call: 'CA1', from: '+46850005000', parameters: {} })
  expect(told.ringing).toHaveBeenCalledWith({ call: 'CA1', from: '+46850005000' })
  phone.accept('CA1')
  expect(line.accept).toHaveBeenCalledWith('CA1')
  events.connected!('CA1')
  events.oneWay!('out')
  events.bothWays!()
  expect(told.oneWay.mock.calls).toEqual([['out'], ['']])
  expect(phone.tones('12#')).toBe(true)
  expect(line.tones).toHaveBeenCalledExactlyOnceWith('12#')
  events.lost!()
  events.restored!('CA1')
  expect(told.restored).toHaveBeenCalledWith('CA1')
  events.microphoneLost!()
  await phone.setMicrophone('usb')
  expect(told.device_changed.mock.calls).toEqual([[false], [true]])
  events.replaced!()
  expect(told.replaced).toHaveBeenCalledOnce()
  expect(phone.packets()).toBeNull()
})

it.each([
  [new LineRefused('bad_token', ''), 'refused'],
  [new LineRefused('unreachable', ''), 'unreachable'],
  [new DOMException('no', 'NotAllowedError'), 'microphone_denied'],
])('a line that is not opened is a reason', async (error, problem) => {
  const phone = await openSandbox(TOKEN, hear(), () => Promise.reject(error))
  await expect(phone.prepare()).rejects.toEqual(new PhoneRefused(problem as 'unreachable'))
})
