/**
 * The live devices of the chosen customer.
 *
 * The rule of this file: the devices show only what the event stream says. The answer to an action is used only to
 * report a refusal.
 */
import { toasts } from '../shared/toasts.svelte'
import { api, SandboxRefusal } from './api'
import { applyDeviceEvent, NOTHING, type DeviceEvent, type State } from './state'
import type { DeviceOwner, Hub } from './wire'
import { t } from './words'

const KINDS = ['snapshot', 'call', 'text', 'mail'] as const

export class Devices {
  customers = $state.raw<DeviceOwner[]>([])
  hub = $state.raw<Hub>({ phone: '', lines: [], sms: '', mail: '' })
  chosen = $state.raw<DeviceOwner | null>(null)
  state = $state.raw<State>(NOTHING)
  isLive = $state(false)
  isOff = $state(false)
  #stream: EventSource | null = null

  async load(wanted: string): Promise<void> {
    try {
      const { customers, telephones, hub } = await api.customers()
      this.customers = [...telephones, ...customers] // the row is long: telephones that may ring come first
      this.hub = hub
      const first = this.customers.find((customer) => customer.id === wanted) ?? customers[0]
      if (first) this.choose(first)
    } catch {
      this.isOff = true
    }
  }

  choose(customer: DeviceOwner): void {
    this.#stream?.close()
    this.chosen = customer
    this.state = NOTHING
    const stream = api.events(customer.id)
    stream.onopen = () => (this.isLive = true)
    stream.onerror = () => (this.isLive = false)
    for (const kind of KINDS) {
      stream.addEventListener(kind, ({ data }: MessageEvent<string>) => {
        this.isLive = true
        this.state = applyDeviceEvent(this.state, { kind, data: JSON.parse(data) } as DeviceEvent)
      })
    }
    stream.addEventListener('telephone', ({ data }: MessageEvent<string>) => {
      const telephone = JSON.parse(data) as DeviceOwner
      if (!this.customers.some(({ id }) => id === telephone.id)) this.customers = [telephone, ...this.customers]
    })
    this.#stream = stream
  }

  close(): void {
    this.#stream?.close()
  }

  /** Does an action of the chosen customer, and shows the refusal if it fails. Returns whether it was done. */
  async act(what: (customer: string) => Promise<unknown>): Promise<boolean> {
    if (!this.chosen) return false
    try {
      await what(this.chosen.id)
      return true
    } catch (error) {
      toasts.say('bad', error instanceof SandboxRefusal ? sayRefusal(error) : t('error.server'))
      return false
    }
  }
}

function sayRefusal({ code, detail }: SandboxRefusal): string {
  switch (code) {
    case '':
      return t('refusal.unreachable')
    case 'busy':
    case 'no_call':
    case 'not_found':
      return t(`refusal.${code}`)
    case 'hub_refused':
      return t('refusal.hub_refused', { detail })
    default:
      return t('refusal.other', { detail: detail || code })
  }
}
