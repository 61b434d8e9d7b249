/** The names and details of the wallboard's figures and columns, in both languages. */
import { inBoth } from '../../shared/i18n/in-both'

export const figures = inBoth({
  'figure.waiting': ['Waiting', '排队'],
  'figure.waiting.none': ['nobody', '无人'],
  'figure.longest': ['Longest wait', '最长等待'],
  'figure.half_hour': ['In time, this half hour', '本半小时及时率'],
  'figure.today': ['In time, today', '今日及时率'],
  'figure.today.of': ['{in_time} of {answered}', '{in_time} / {answered}'],
  'figure.abandoned': ['Abandoned', '放弃'],
  'figure.abandoned.of': ['{count} · {short} short', '{count} · 短时 {short}'],
  'figure.agents': ['Agents', '坐席'],
  'figure.agents.of': ['{busy} busy · {free} free · {away} away', '忙 {busy} · 空闲 {free} · 离开 {away}'],
  'figure.called_out': ['Called out', '外呼'],
  'figure.called_out.of': ['{count} reached · {share}', '接通 {count} · {share}'],
  'figure.nothing': ['nothing answered yet', '尚无接听'],
  'column.queue': ['Queue', '队列'],
  'column.waiting': ['Waiting', '排队'],
  'column.longest': ['Longest', '最长'],
  'column.half_hour': ['In time ½ h', '半小时及时'],
  'column.today': ['Today', '今日'],
  'column.answer': ['Answer', '应答'],
  'column.abandoned': ['Abandoned', '放弃'],
})
