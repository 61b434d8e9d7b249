/** What happened, in a sentence: a fact's code and data in the screen's language. An unknown code is told as it is. */
import type { MessageView, PolicyView } from '../generated/wire'
import { spell } from '../shared/format'
import { nameIn } from '../shared/i18n/language.svelte'
import { en } from './words/en'
import { t } from './words'

export function factText({ fact, author, channel, data }: MessageView, policy: PolicyView): string {
  const queue = (id: unknown) => nameIn(policy.queues.find((one) => one.id === id)?.names, String(id ?? ''))
  const disposition = policy.dispositions.find(({ code }) => code === data.disposition)
  const how = `closed.${data.closed_as}`
  const reasons = [`unanswered.${data.reason}`, `refused.${data.reason}`]
  const reason = reasons.find((one) => one in en) ?? 'unanswered.other'
  const key = fact === 'entered' ? `fact.entered.${channel}` : `fact.${fact}`
  if (!(key in en)) return t('fact.other', { fact: fact.replaceAll('_', ' ') })
  return t(key as keyof typeof en, {
    author,
    queue: queue(data.queue),
    from: queue(data.from),
    to: queue(data.to),
    time: spell(Number(data.waited_seconds ?? 0), t),
    title: String(data.title ?? ''),
    disposition: nameIn(disposition?.names, String(data.disposition ?? '')),
    why: t(reason as keyof typeof en, { code: String(data.reason ?? '') }),
    how: how in en ? t(how as keyof typeof en) : String(data.closed_as ?? ''),
  })
}
