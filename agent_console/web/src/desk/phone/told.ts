/** What tests of the drivers share: a token, and a desk that notes what it is told. */
import { vi } from 'vitest'
import type { SoftphoneToken } from '../../generated/wire'
import type { SoftphoneEvents } from './softphone'

export const TOKEN: SoftphoneToken = {
  token: 't1',
  identity: 'ada',
  seconds: 600,
  is_called: true,
  driver: 'twilio',
  url: 'ws://127.0.0.1:9',
  edge: '',
}

type Told = { [Name in keyof SoftphoneEvents]: ReturnType<typeof vi.fn<SoftphoneEvents[Name]>> }

export function hear(): Told {
  return {
    ringing: vi.fn(),
    connected: vi.fn(),
    ended: vi.fn(),
    lost: vi.fn(),
    restored: vi.fn(),
    oneWay: vi.fn(),
    replaced: vi.fn(),
    tokenEnds: vi.fn(),
    device_changed: vi.fn(),
    failed: vi.fn(),
  }
}
