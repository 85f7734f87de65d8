# Correos electrónicos.

email-greeting = Hola, { $name }:
email-greeting-nobody = Hola:
email-footer = Este mensaje lo envía { $host }, porque alguien ha usado allí esta dirección.
email-link-hint = Si el enlace anterior no se abre, copie esta dirección en su navegador:
email-link-minutes = { $count ->
    [one] El enlace funciona una sola vez, durante { $count } minuto.
   *[other] El enlace funciona una sola vez, durante { $count } minutos.
}
email-link-hours = { $count ->
    [one] El enlace funciona una sola vez, durante { $count } hora.
   *[other] El enlace funciona una sola vez, durante { $count } horas.
}
email-link-days = { $count ->
    [one] El enlace funciona una sola vez, durante { $count } día.
   *[other] El enlace funciona una sola vez, durante { $count } días.
}
email-not-you = Si usted no lo ha pedido, no tiene que hacer nada.
email-was-it-you = Si no ha sido usted, elija enseguida una contraseña nueva y avise al operador.

email-sign-up-subject = Termine de crear su cuenta en { $host }
email-sign-up-text = Usted quiere crear una cuenta en { $host } con esta dirección de correo. Falta un paso.
email-sign-up-button = Terminar la cuenta
email-member-subject = Usted ya tiene una cuenta en { $host }
email-member-text = Alguien ha querido crear una cuenta en { $host } con esta dirección de correo. Usted ya tiene una: inicie sesión con ella. Si ha olvidado la contraseña, la página de inicio de sesión le ayuda a elegir otra.
email-member-name = Su nombre de usuario es { $name }.
email-member-button = Iniciar sesión
email-invitation-subject = Le han invitado a { $host }
email-invitation-text = Le han invitado a crear una cuenta en { $host }.
email-invitation-button = Aceptar la invitación
email-verify-subject = Confirme su dirección de correo en { $host }
email-verify-text = Confirme que esta dirección de correo es suya, para que { $host } pueda usarla en su cuenta.
email-verify-button = Confirmar la dirección
email-reset-subject = Elija una contraseña nueva en { $host }
email-reset-text = Alguien ha pedido una contraseña nueva para su cuenta en { $host }.
email-reset-button = Elegir una contraseña nueva

email-password-changed-subject = Se ha cambiado su contraseña en { $host }
email-password-changed-text = Se ha cambiado la contraseña de su cuenta en { $host }. Se ha cerrado su sesión en los demás navegadores.
email-changed-subject = Se ha cambiado su dirección de correo en { $host }
email-changed-text = La dirección de correo de su cuenta en { $host } es ahora { $address }. Este es el último mensaje a la dirección anterior.
email-factor-added-subject = Se ha añadido una forma de iniciar sesión en { $host }
email-factor-added-text = Se ha añadido a su cuenta en { $host }: { $factor }.
email-factor-removed-subject = Se ha quitado una forma de iniciar sesión en { $host }
email-factor-removed-text = Se ha quitado de su cuenta en { $host }: { $factor }.
email-factor-passkey = la llave de acceso «{ $name }»
email-factor-totp = la aplicación de autenticación
email-factor-recovery-codes = los códigos de recuperación
email-factor-upstream = la cuenta «{ $account }» en { $provider }
email-factor-all = todas las llaves de acceso, la aplicación de autenticación y los códigos de recuperación
email-locked-subject = Muchos intentos fallidos de inicio de sesión en { $host }
email-locked-text = Alguien ha intentado muchas veces, sin éxito, iniciar sesión en su cuenta en { $host }. El inicio de sesión con contraseña se ralentiza durante un tiempo. Las llaves de acceso y los navegadores que usted ya usa no se ven afectados.
email-device-subject = Nuevo inicio de sesión en { $host }
email-device-text = Alguien ha iniciado sesión en su cuenta en { $host } con un navegador que no se había usado antes.
email-detail = { $name }: { $value }
email-link-label = { $label }:
email-device-when = Cuándo
email-device-place = Desde
email-device-browser = Navegador
email-deleted-subject = Se ha eliminado su cuenta en { $host }
email-deleted-text = Se ha eliminado su cuenta en { $host } y todo lo que le pertenecía.
email-deleted-hint = Si no ha sido usted, avise al operador.
email-test-subject = Mensaje de prueba de { $host }
email-test-text = Los correos de { $host } llegan a esta dirección.
