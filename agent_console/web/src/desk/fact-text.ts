/** Puts a fact of the transcript into a sentence in the screen's language. An unknown code is shown as it is. */
import { sayAddress } from '../shared/address'
import { channelName, traitsOf } from '../shared/channels.svelte'
import type { Everything, MessageView, PolicyView } from '../generated/wire'
import { spell, wholeDay } from '../shared/format'
import { language, nameIn } from '../shared/i18n/language.svelte'
import { en } from './words/en'
import type { FactKey } from './words/facts'
import { t } from './words'

/** What facts name by ids. */
export type FactNames = Pick<PolicyView, 'tiers' | 'dispositions'> & {
  readonly queues: readonly Pick<PolicyView['queues'][number], 'id' | 'names'>[]
}

export function factText({ fact, author, channel, data }: MessageView, policy: FactNames): string {
  const queue = (id: unknown) => nameIn(policy.queues.find((one) => one.id === id)?.names, String(id ?? ''))
  const tier = (id: unknown) => nameIn(policy.tiers.find((one) => one.id === id)?.names, String(id ?? ''))
  const place = fact === 'tier_moved_by_policy' || fact === 'tier_changed' ? tier : queue
  const disposition = policy.dispositions.find(({ code }) => code === data.disposition)
  const how = `closed.${data.closed_as}`
  const reasons = [`unanswered.${data.reason}`, `refused.${data.reason}`]
  const reason = reasons.find((one) => one in en) ?? 'unanswered.other'
  const cause = `refused.${String(data.code)}`
  const notSaid = `statement.reason.${String(data.reason)}`
  const key = keyOf(fact, channel, data)
  const purpose = `purpose.${data.purpose}`
  const overrides = `overrides.${String(data.overrides ?? '').replaceAll(' ', '.')}`
  return t(key in en ? key : 'fact.other', {
    fact: fact.replaceAll('_', ' '),
    author,
    channel: channelName(channel),
    queue: queue(data.queue),
    from: place(data.from),
    to: place(data.to),
    time: spell(Number(data.waited_seconds ?? data.seconds ?? data.longest_seconds ?? 0), t),
    count: Number(data.waiting ?? 0),
    who: String(data.who ?? ''),
    agent: String(data.agent ?? ''),
    at: String(data.at ?? ''),
    reason: String(data.reason ?? ''),
    text: String(data.text ?? ''),
    overrides: overrides in en ? t(overrides as keyof typeof en) : String(data.overrides ?? ''),
    title: String(data.title ?? ''),
    label: String(data.label ?? ''),
    day: data.until ? wholeDay(String(data.until), language.current) : '',
    address: sayAddress(String(data.address ?? '')),
    purpose: purpose in en ? t(purpose as keyof typeof en) : String(data.purpose ?? ''),
    disposition: nameIn(disposition?.names, String(data.disposition ?? '')),
    why: t(reason as keyof typeof en, { code: String(data.reason ?? '') }),
    key: String(data.key ?? ''),
    choice: nameIn(data as Record<string, string>, String(data.key ?? '')),
    note: String(data.note || (notSaid in en ? t(notSaid as keyof typeof en) : '')),
    how: how in en ? t(how as keyof typeof en) : String(data.closed_as ?? ''),
    cause: cause in en ? t(cause as keyof typeof en) : '',
  }).trim()
}

/** The key of a fact's text. Some facts have a text of their own for a call, a chat, or a detail of theirs. */
function keyOf(fact: string, channel: string, data: MessageView['data']): FactKey {
  const { is_call, is_live } = traitsOf(channel)
  if (fact === 'entered' && is_call) return 'fact.entered.call'
  if (fact === 'entered' && is_live) return 'fact.entered.chat'
  if (fact === 'assigned' && data.overrides) return 'fact.assigned.overridden'
  if (fact === 'boosted' && data.seconds === 0) return 'fact.boosted.back'
  if (fact === 'party_joined' && !is_call) return `fact.party_joined.text${data.role === 'barge' ? '.barge' : ''}`
  if (fact === 'proposal_later' && data.until) return 'fact.proposal_later.day'
  if (fact === 'party_left' && !is_call) return 'fact.party_left.text'
  if (fact === 'called_out') return `fact.called_out${data.reason ? '' : '.bare'}${data.waiting ? '.waiting' : ''}`
  if (fact === 'line_change_failed') return `fact.${fact}.${data.change}${data.who ? '.party' : ''}` as FactKey
  return `fact.${fact as Everything['fact']}`
}
