/**
 * The state of a customer's devices, and how an event changes it.
 *
 * The rule of this file: pure. A snapshot replaces everything; any other event replaces the item with the same id or
 * adds it.
 */
import type { Call, MailSummary, Snapshot, Spoken, Text } from './wire'

export type State = { call: Call | null; texts: Text[]; mails: MailSummary[] }

export const NOTHING: State = { call: null, texts: [], mails: [] }

export type DeviceEvent =
  | { kind: 'snapshot'; data: Snapshot }
  | { kind: 'call'; data: Call }
  | { kind: 'text'; data: Text }
  | { kind: 'mail'; data: MailSummary }

export function applyDeviceEvent(state: State, event: DeviceEvent): State {
  switch (event.kind) {
    case 'snapshot': {
      const { call, texts, mails } = event.data
      return { call, texts, mails }
    }
    case 'call':
      return { ...state, call: event.data }
    case 'text':
      return { ...state, texts: put(state.texts, event.data, (text) => text.sid) }
    case 'mail':
      return { ...state, mails: put(state.mails, event.data, (mail) => mail.id) }
  }
}

/** Replaces the item with the same id, or adds the item at the end. */
export function put<Item>(items: Item[], item: Item, idOf: (item: Item) => string): Item[] {
  const at = items.findIndex((other) => idOf(other) === idOf(item))
  return at < 0 ? [...items, item] : items.with(at, item)
}

export type Stage = 'idle' | 'dialling' | 'ringing' | 'waiting' | 'talking' | 'held' | 'over'

/** The stage of a call as its customer sees it. The customer waits until somebody else, an agent, is in the call. */
export function stageOf(call: Call | null): Stage {
  if (!call) return 'idle'
  if (call.is_over) return 'over'
  if (call.status === 'ringing') return call.direction === 'incoming' ? 'ringing' : 'dialling'
  if (call.is_on_hold) return 'held'
  return call.with.length > 0 ? 'talking' : 'waiting'
}

/** Whether the phone's screen shows a line for it. The provider's internal steps (`gather`) have none. */
export function isShown(spoken: Spoken): boolean {
  return spoken.kind !== 'gather'
}

/** The name of a leg: `client:ada` gives "Ada", a number stays as it is. */
export function legName(address: string): string {
  const name = address.replace(/^client:/, '')
  return name === address ? address : name.slice(0, 1).toUpperCase() + name.slice(1)
}
