/** The telephone of this browser: which driver speaks, and what the hub is asked. */
import type { InteractionView } from '../../generated/wire'
import { askSoftphoneToken, tellSoftphoneState } from '../../shared/api'
import { tabStorage } from '../../shared/storage'
import { DeskPhone } from './desk-phone.svelte'
import { openSandbox } from './sandbox'
import type { OpenSoftphone } from './softphone'
import { openTwilio } from './twilio'

export const openSoftphone: OpenSoftphone = (token, events) =>
  token.driver === 'twilio' ? openTwilio(token, events) : openSandbox(token, events)

/** `rejoin`: has the hub call this telephone into a call in hand. `beat`: tells it that this page moves. */
export function openDeskPhone(
  rejoin: (held: InteractionView) => Promise<boolean>,
  beat: (interactionId: string, isLost: boolean) => void,
): DeskPhone {
  let driver = ''
  return new DeskPhone({
    async fetchToken() {
      const token = await askSoftphoneToken()
      driver = token.driver
      return token
    },
    open: openSoftphone,
    // Without sound, calls in the sandbox are typed, so its agents are offered them in any case
    report: (isOpen) => tellSoftphoneState({ is_usable: isOpen || driver !== 'twilio', is_opened: isOpen }),
    rejoin,
    beat,
    now: () => performance.now(),
    isOnline: () => navigator.onLine,
    storage: tabStorage,
  })
}

/** Whether the browser gives the microphone without a question. A question waits for a press of the agent's. */
export async function isMicrophoneGranted(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'microphone' })).state === 'granted'
  } catch {
    return false // this browser does not tell
  }
}
