/**
 * The softphone of the sandbox: frames of sound over a websocket.
 *
 * The rule of this file: it translates. The line itself is `shared/sound`, as the customer's page has it.
 */
import type { SoftphoneToken } from '../../generated/wire'
import { LineRefused, openSoundLine, type LineEvents } from '../../shared/sound/sound-line'
import { PhoneRefused, readMicrophoneError, type Softphone, type SoftphoneEvents } from './softphone'

type Open = typeof openSoundLine

export async function openSandbox(
  token: SoftphoneToken,
  events: SoftphoneEvents,
  open: Open = openSoundLine,
): Promise<Softphone> {
  let line: Awaited<ReturnType<Open>> | undefined

  function opened() {
    if (!line) throw new PhoneRefused('unreachable')
    return line
  }

  const told: Partial<LineEvents> = {
    ringing: ({ call, from }) => events.ringing({ call, from }),
    connected: (call) => events.connected(call),
    ended: (call) => events.ended(call),
    lost: () => events.lost(),
    restored: (call) => events.restored(call),
    oneWay: (direction) => events.oneWay(direction),
    bothWays: () => events.oneWay(''),
    replaced: () => events.replaced(),
    expired: () => events.tokenEnds(),
    microphoneLost: () => events.device_changed(false),
  }

  return {
    async prepare() {
      try {
        line = await open(`${token.url}/client`, token.token, { microphone: true, events: told })
      } catch (error) {
        if (!(error instanceof LineRefused)) throw readMicrophoneError(error)
        throw new PhoneRefused(error.code === 'unreachable' ? 'unreachable' : 'refused')
      }
    },
    async connect(parameters) {
      opened().callApplication(parameters)
    },
    accept: (call) => opened().accept(call),
    mute: (on) => opened().mute(on),
    setVolume: (share) => line?.setVolume(share),
    tones: (keys) => line?.tones(keys) ?? false,
    hang_up: () => opened().hangUp(),
    levels: () => line?.levels() ?? { in: 0, out: 0 },
    quality: () => line?.quality() ?? { lossShare: 0, jitterMs: 0, delayMs: 0 },
    silence: () => {
      const levels = line?.levels() ?? { in: 1, out: 1 } // these are exact
      return { in: levels.in === 0, out: levels.out === 0 }
    },
    packets: () => null,
    renew: (renewed) => line?.renew(renewed),
    async setMicrophone(deviceId) {
      try {
        await opened().setMicrophone(deviceId || true)
      } catch (error) {
        throw readMicrophoneError(error)
      }
      events.device_changed(true)
    },
    close: () => line?.close(),
  }
}
