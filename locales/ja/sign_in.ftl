# Signing in and out, and setting the server up.

sign-in-title = サインイン
sign-in-title-choose = アカウントの選択
sign-in-title-again = ご本人の確認
sign-in-heading-again = ご本人であることを確認してください
sign-in-to-client = { $it } に進みます
sign-in-and-back = そのあと { $it } に戻ります
sign-in-hint-choose = ここでサインインしているアカウントのパスワードを入力して続けるか、別のアカウントでサインインしてください。
sign-in-hint-again = 先に進む前に、もう一度パスワードを入力してください。
sign-in-create = このサーバーのアカウントは運営者が作成します。お持ちでない場合は運営者に依頼し、お持ちの場合はそのアカウントでサインインしてください。
sign-in-name = ユーザー名またはメールアドレス
sign-in-password = パスワード
sign-in-remember = { $count ->
   *[other] このブラウザーで { $count } 日間サインインしたままにする
}
sign-in-submit = サインイン
sign-in-continue = 次へ
sign-in-name-missing = ユーザー名またはメールアドレスを入力してください。
sign-in-wrong = 名前またはパスワードが違います。
sign-in-too-many = { $count ->
   *[other] 試行回数が多すぎます。{ $count } 秒待ってから、もう一度お試しください。
}
sign-in-too-many-minutes = { $count ->
   *[other] 試行回数が多すぎます。{ $count } 分待ってから、もう一度お試しください。
}
sign-in-locked = 続けて失敗した回数が多すぎます。パスキーでサインインするか、以前ここで使ったことのあるブラウザーでサインインするか、パスワードを再設定してください。
sign-in-busy = 同時にサインインしている人が多すぎます。しばらく待ってから、もう一度お試しください。
sign-in-disabled = このアカウントは無効になっています。このサーバーの運営者にお問い合わせください。
sign-in-over = このサインインは終了しました
sign-in-gone = 長い時間が経過したか、別のウィンドウで完了したか、別のブラウザーのものです。
sign-in-begin-anew = 元の場所に戻り、もう一度サインインしてください。
sign-in-restart = 別のアカウントでサインインする
sign-in-second-title = もう 1 つの手順
sign-in-second-lead = { $it } さんご本人であることを、もう一度確認します。
sign-in-second-code = コード
sign-in-second-hint-app = 認証アプリに今表示されている 6 桁の数字です。
sign-in-second-hint-recovery = リカバリーコードのうちの 1 つです。それぞれ一度だけ使えます。
sign-in-second-hint-both = 認証アプリに今表示されている 6 桁の数字、またはリカバリーコードのうちの 1 つです。
sign-in-second-wrong = コードが間違っているか、古すぎるか、すでに使われています。
sign-in-enrol-title = 第二要素の設定
sign-in-enrol-lead = { $it } さんとして先に進むには、ご本人であることの証明がもう 1 つ必要です。
sign-in-enrol-passkey = パスキー
sign-in-enrol-passkey-hint = お使いのデバイスまたはパスワードマネージャーが、指紋、顔、PIN でご本人であることを証明します。
sign-in-enrol-passkey-do = パスキーを設定する
sign-in-enrol-app = 認証アプリ
sign-in-codes-lead = デバイスをなくしたときは、これらのコードのうちの 1 つでサインインできます。それぞれ一度だけ使えます。今しか表示されないので、安全な場所に保管してください。
sign-in-codes-kept = 保管しました。先に進む
sign-in-or = または
sign-in-forgot = パスワードをお忘れですか？
sign-in-sign-up = アカウントを作成する
sign-in-create-open = ここでアカウントを作成するか、お持ちのアカウントでサインインしてください。
time-soon = このページの有効期限がまもなく切れます。
time-more = 時間を延長
time-kept = 時間を延長しました。
time-over = このページの有効期限が切れました。ここでもう一度始められます。
time-again = もう一度始める
