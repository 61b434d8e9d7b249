/** The words of a call's recording. A part of the desk's catalogue. */
import { inBoth } from '../../shared/i18n/in-both'

export const recordingWords = inBoth({
  'recording.none': ['Not recorded', '未录音'],
  'recording.asked': ['Recording begins after the announcement', '播放提示后开始录音'],
  'recording.recording': ['Recording', '录音中'],
  'recording.pausing': ['Pausing… still recording', '正在暂停…仍在录音'],
  'recording.paused': ['Recording paused', '录音已暂停'],
  'recording.resuming': ['Resuming…', '正在恢复…'],
  'recording.failed': ['Not recorded', '未录音'],
  'recording.pause': ['Pause the recording', '暂停录音'],
  'recording.resume': ['Go on recording', '恢复录音'],
  'recording.by_script': ['The script paused it, and goes on after this step.', '脚本已暂停录音，此步骤结束后恢复。'],
  'recording.problem.pause': [
    'The pause was not confirmed. Recording goes on: do not take the card number.',
    '暂停未得到确认，录音仍在继续：请勿索取卡号。',
  ],
  'recording.problem.resume': [
    'The provider did not confirm that the recording goes on. Try again.',
    '服务商未确认恢复录音，请重试。',
  ],
  'recording.problem.begin': ['The recording could not begin.', '未能开始录音。'],
  'recording.wait': ['Wait for the pause before you take the card number.', '请等待录音暂停后再索取卡号。'],
  'do.record_pause': ['Pause the recording, or go on with it', '暂停或恢复录音'],
  'refused.not_recorded': ['This call is not being recorded.', '本次通话没有录音。'],
})
