/** The channels of the tests: the traits that the hub sends for its own four. */
import type { ChannelView } from '../generated/wire'

function channel(name: string, icon: string, more: Partial<ChannelView>): ChannelView {
  return {
    name,
    names: { en: name },
    counted: {},
    icon,
    is_call: false,
    is_live: false,
    is_mail: false,
    stored_is_sent: false,
    texts_cost_money: false,
    soon_seconds: 300,
    late_seconds: 1800,
    ...more,
  }
}

export const CHANNELS: ChannelView[] = [
  channel('phone', 'phone', { is_call: true, is_live: true, soon_seconds: 20, late_seconds: 60 }),
  channel('sms', 'smartphone', { texts_cost_money: true }),
  channel('email', 'mail', { is_mail: true, soon_seconds: 14_400, late_seconds: 86_400 }),
  channel('webchat', 'chat', { is_live: true, stored_is_sent: true, soon_seconds: 60, late_seconds: 180 }),
]
