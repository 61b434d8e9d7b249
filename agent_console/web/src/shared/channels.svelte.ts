/**
 * The channels with their names, icons and traits, as the hub describes them.
 *
 * The rule of this file: a screen learns the channels from the hub's first answer. It asks for a trait, never whether a
 * channel has a certain name.
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

/** A count with the channel's own word: "2 calls". */
export function channelCount(channel: string, count: number): string {
  const text = nameIn(channels.find(channel).counted, `{count} × ${channelName(channel)}`)
  return fill(text, { count }, language.current)
}
