/** The words with which values are said, in the language of the screen. */
import { t } from './words'
import type { Tongue } from './values'

export function tongue(language: string): Tongue {
  return {
    language,
    words: { true: t('field.yes'), false: t('field.no') },
    stages: {
      prospect: t('stage.prospect'),
      new: t('stage.new'),
      established: t('stage.established'),
      at_risk: t('stage.at_risk'),
      lapsed: t('stage.lapsed'),
    },
  }
}
