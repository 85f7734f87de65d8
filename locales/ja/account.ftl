# The pages of one's own account.

account-nav-label = アカウント
account-nav-signed-in-as = サインイン中：
account-nav-sign-out = サインアウト
account-overview-title = 概要
account-profile-title = プロフィール
account-email-title = メール
account-password-title = パスワード
account-factors-title = パスキーとコード
account-sessions-title = デバイス
account-applications-title = アプリ
account-providers-title = ほかのアカウント
account-activity-title = アクティビティ
account-data-title = あなたのデータ

account-email-unverified = 未確認
account-optional = （任意）
account-save = 保存
account-saved = 保存しました。
account-signed-in-at = サインイン：{ $when }
account-last-used = 最終使用：{ $when }
account-since = { $when }から
account-confirm = 本人であることを確認する
account-confirm-first = 先にもう一度サインインしてください。第二要素をお持ちの場合は、それも使ってください。
account-overview-desk = 管理画面を開く
account-overview-no-factors = このアカウントを守っているのはパスワードだけです。パスキーまたはコードを表示するアプリを追加してください。
account-overview-factors-none = パスキーもコードを表示するアプリも追加されていません。
account-password-none = パスワードはありません。
account-password-none-with = パスワードはありません。{ $it } のアカウントでサインインしています。
account-password-set = パスワードが設定されています。
account-password-changed = 最終変更：{ $when }
account-password-done = パスワードを変更しました。ほかのすべてのデバイスからサインアウトしました。
account-password-done-first = パスワードを設定しました。ほかのすべてのデバイスからサインアウトしました。
account-password-ends = 新しいパスワードにすると、ほかのすべての場所からサインアウトし、アプリはもう一度アクセスの許可を求めます。
account-password-for = アカウント
account-password-current = 現在のパスワード
account-password-new = 新しいパスワード
account-password-again = 新しいパスワード（もう一度）
account-password-hint = { $least } 文字以上にしてください。互いに関係のない単語をいくつか並べると良いパスワードになります。
account-password-change = パスワードを変更
account-password-add = パスワードを設定
account-profile-name = 氏名
account-profile-given-name = 名
account-profile-family-name = 姓
account-profile-nickname = ニックネーム
account-profile-language = ページとメールの言語
account-profile-language-browser = ブラウザーの設定に従う
account-sessions-lead = 次のブラウザーでサインインしています。見覚えのないものは終了し、その後パスワードを変更してください。
account-sessions-this = このデバイス
account-sessions-apps = アプリ：
account-sessions-end = サインアウト
account-sessions-end-others = ほかのすべてのデバイスからサインアウト
account-sessions-ended = そのセッションを終了しました。
account-sessions-ended-others = ほかのすべてのデバイスからサインアウトしました。
account-sessions-unknown = 名前のわからないブラウザー
account-applications-none = あなたのアカウントにアクセスできるアプリはありません。
account-applications-lead = 次のアプリにアカウントの利用を許可しています。
account-applications-self = 自己登録
account-applications-disabled = 無効
account-applications-only-account = ここにアカウントがあることを知る
account-applications-permission = 権限を使う
account-applications-at = 利用先：
account-applications-revoke = アクセスを取り消す
account-applications-revoked = アプリのアクセスを取り消しました。
account-activity-lead = アカウントで行われたことを新しい順に示します。心当たりのないものがあればパスワードを変更してください。
account-activity-none = まだ何もありません。
account-activity-older = 以前のもの
account-activity-signed-in = サインイン
account-activity-signed-out = サインアウト
account-activity-consent-granted = アクセスを許可
account-activity-consent-revoked = アクセスを取り消し
account-activity-password-changed = パスワードを変更
account-activity-user-changed = プロフィールを変更
account-activity-user-added = アカウントを作成
account-activity-factor-added = サインイン方法を追加
account-activity-factor-removed = サインイン方法を削除
account-activity-upstream-linked = 別のアカウントを連携
account-activity-upstream-unlinked = 別のアカウントの連携を解除
account-activity-client-registered = アプリを登録
account-activity-email-changed = 新しいメールアドレスを確認しました
account-activity-account-link-issued = リンクを依頼しました
account-activity-sign-in-blocked = 試行回数が多すぎたため、サインインを待つ必要がありました
account-activity-recovery-codes-made = 新しいリカバリーコードを作成しました
account-activity-recovery-code-used = リカバリーコードでサインインしました
account-activity-other = その他：{ $kind }
account-activity-by-operator = 管理者による操作
account-activity-sessions-ended = セッションを終了
account-activity-account-changed = アカウントを変更
account-activity-reset-link-made = 新しいパスワードのリンクを作成
account-activity-sign-in-unblocked = すぐに再びサインインできるように許可
account-activity-user-disabled = アカウントを無効化
account-activity-user-enabled = アカウントを有効化
account-activity-group-member-added = グループに追加
account-activity-group-member-removed = グループから削除
account-providers-lead = ほかのサービスのアカウントでここにサインインできます。
account-providers-none = 連携しているアカウントはありません。
account-providers-link = { $it } のアカウントを連携
account-providers-unlink = 連携を解除
account-providers-linked = アカウントを連携しました。これからはそのアカウントでサインインできます。
account-providers-unlinked = アカウントの連携を解除しました。
account-only-way-in = これが唯一のサインイン方法です。先にパスワードを設定するかパスキーを追加してください。
account-refused-password = 現在のパスワードが違います。
account-refused-locked = パスワードの間違いが続きすぎました。パスワードを再設定してください。
account-refused-busy = 同時にサインインしている人が多すぎます。少し待ってからもう一度お試しください。
account-refused-unequal = 新しいパスワードが一致しません。
account-refused-text = 128 文字を超えているか、制御文字を含む値があります。
account-refused-gone = すでに存在しません。
account-refused-too-many =
    { $count ->
       *[other] 試行回数が多すぎます。{ $count } 秒待ってからもう一度お試しください。
    }
account-overview-passkeys =
    { $count ->
       *[other] パスキー { $count } 個
    }
account-overview-sessions =
    { $count ->
       *[other] { $count } 個のブラウザーでサインイン中
    }
account-overview-applications =
    { $count ->
       *[other] { $count } 個のアプリがアクセスできます
    }
