import type { en } from './en'

export const zhCN: Record<keyof typeof en, string> = {
  title: '录音',
  intro: '您负责的队列的通话录音和语音留言，最新的在前。点开即可查看和收听；审计记录会记下谁听了什么。',
  opening: '正在查找录音……',
  refused: '此界面仅供主管使用。',
  'none.title': '暂无录音',
  'none.say': '您负责的队列的通话录音和语音留言会显示在这里。哪些通话录音由策略决定。',
  'kind.call': '通话',
  'kind.voicemail': '语音留言',
  'with.agent': '坐席：{name}',
  more: '显示更早的',
}
