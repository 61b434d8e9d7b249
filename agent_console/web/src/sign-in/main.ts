import { openPage } from '../shared/page'
import SignIn from './SignIn.svelte'

openPage(SignIn)
