# メール。

email-greeting = { $name } 様
email-greeting-nobody = こんにちは。
email-footer = このメールは、{ $host } でこのメールアドレスが使用されたため送信されました。
email-link-hint = 上のリンクが開かない場合は、次のアドレスをブラウザーにコピーしてください。
email-link-minutes = { $count ->
   *[other] リンクは { $count } 分間、1 回だけ有効です。
}
email-link-hours = { $count ->
   *[other] リンクは { $count } 時間、1 回だけ有効です。
}
email-link-days = { $count ->
   *[other] リンクは { $count } 日間、1 回だけ有効です。
}
email-not-you = お心当たりがない場合は、何もする必要はありません。
email-was-it-you = お心当たりがない場合は、すぐに新しいパスワードを設定し、運営者に連絡してください。

email-sign-up-subject = { $host } のアカウント作成を完了してください
email-sign-up-text = このメールアドレスで { $host } のアカウントを作成しようとしています。あと 1 ステップで完了します。
email-sign-up-button = アカウントの作成を完了する
email-member-subject = { $host } のアカウントをすでにお持ちです
email-member-text = このメールアドレスで { $host } のアカウントを作成しようとした人がいます。すでにアカウントをお持ちですので、そのアカウントでサインインしてください。パスワードをお忘れの場合は、サインインページから新しいパスワードを設定できます。
email-member-name = ユーザー名は { $name } です。
email-member-button = サインイン
email-invitation-subject = { $host } に招待されています
email-invitation-text = { $host } のアカウントを作成するよう招待されています。
email-invitation-button = 招待を受ける
email-verify-subject = { $host } のメールアドレスを確認してください
email-verify-text = { $host } がアカウントにこのメールアドレスを使用できるように、ご本人のものであることを確認してください。
email-verify-button = アドレスを確認する
email-reset-subject = { $host } の新しいパスワードを設定してください
email-reset-text = { $host } のアカウントについて、新しいパスワードの設定が要求されました。
email-reset-button = 新しいパスワードを設定する

email-password-changed-subject = { $host } のパスワードが変更されました
email-password-changed-text = { $host } のアカウントのパスワードが変更されました。ほかのブラウザーからはサインアウトしました。
email-changed-subject = { $host } のメールアドレスが変更されました
email-changed-text = { $host } のアカウントのメールアドレスは { $address } になりました。以前のアドレスへのメールはこれが最後です。
email-factor-added-subject = { $host } にサインイン方法が追加されました
email-factor-added-text = { $host } のアカウントに追加されました：{ $factor }。
email-factor-removed-subject = { $host } からサインイン方法が削除されました
email-factor-removed-text = { $host } のアカウントから削除されました：{ $factor }。
email-factor-passkey = パスキー「{ $name }」
email-factor-totp = 認証アプリ
email-factor-recovery-codes = リカバリーコード
email-factor-upstream = { $provider } のアカウント「{ $account }」
email-factor-all = すべてのパスキー、認証アプリ、リカバリーコード
email-locked-subject = { $host } で多数のサインイン失敗がありました
email-locked-text = { $host } のアカウントへのサインインが何度も失敗しました。しばらくの間、パスワードによるサインインが制限されます。パスキーと、すでにご利用のブラウザーには影響しません。
email-device-subject = { $host } への新しいサインイン
email-device-text = これまで使用されていないブラウザーから、{ $host } のアカウントにサインインがありました。
email-detail = { $name }：{ $value }
email-link-label = { $label }：
email-device-when = 日時
email-device-place = 接続元
email-device-browser = ブラウザー
email-deleted-subject = { $host } のアカウントが削除されました
email-deleted-text = { $host } のアカウントと、それに属するデータが削除されました。
email-deleted-hint = お心当たりがない場合は、運営者に連絡してください。
email-test-subject = { $host } からのテストメール
email-test-text = { $host } からのメールは、このアドレスに届きます。
