/**
 * The channels as the hub says they are: names, pictures, and what they are like.
 *
 * The rule of this file: a screen learns them from what it is told first, and asks for these traits, never for a name.
 */
import type { ChannelView } from '../generated/wire'
import { language, nameIn } from './i18n/language.svelte'
import { fill } from './i18n/translate'

class Channels {
  #known = $state.raw<readonly ChannelView[]>([])

  learn(channels: readonly ChannelView[]): void {
    this.#known = channels
  }

  get names(): readonly string[] {
    return this.#known.map(({ name }) => name)
  }

  find(name: string): ChannelView {
    return this.#known.find((one) => one.name === name) ?? unknown(name)
  }
}

function unknown(name: string): ChannelView {
  return {
    name,
    names: {},
    counted: {},
    icon: '',
    is_call: false,
    is_live: false,
    is_mail: false,
    stored_is_sent: false,
    texts_cost_money: false,
    soon_seconds: 300,
    late_seconds: 1800,
  }
}

export const channels = new Channels()

export function traitsOf(channel: string): ChannelView {
  return channels.find(channel)
}

export function channelName(channel: string): string {
  return nameIn(channels.find(channel).names, channel)
}

/** "2 calls" */
export function channelCount(channel: string, count: number): string {
  const text = nameIn(channels.find(channel).counted, `{count} × ${channelName(channel)}`)
  return fill(text, { count }, language.current)
}
