# The pages of one's own account.

account-nav-label = Su cuenta
account-nav-signed-in-as = Sesión iniciada como
account-nav-sign-out = Cerrar sesión
account-overview-title = Resumen
account-profile-title = Perfil
account-email-title = Correo
account-password-title = Contraseña
account-factors-title = Llaves de acceso y códigos
account-sessions-title = Dispositivos
account-applications-title = Aplicaciones
account-providers-title = Otras cuentas
account-activity-title = Actividad
account-data-title = Sus datos

account-email-unverified = sin confirmar
account-optional = (opcional)
account-save = Guardar
account-saved = Guardado.
account-signed-in-at = Inicio de sesión: { $when }
account-last-used = Último uso: { $when }
account-since = Desde el { $when }
account-confirm = Confirmar que es usted
account-confirm-first = Inicie sesión de nuevo primero, con su segundo factor si tiene uno.
account-overview-desk = Abrir la administración
account-overview-no-factors = Solo su contraseña protege esta cuenta. Añada una llave de acceso o una aplicación que muestre códigos.
account-overview-factors-none = No ha añadido ninguna llave de acceso ni ninguna aplicación que muestre códigos.
account-password-none = No tiene contraseña.
account-password-none-with = No tiene contraseña: inicia sesión con su cuenta de { $it }.
account-password-set = Tiene una contraseña.
account-password-changed = Último cambio: { $when }
account-password-done = Su contraseña se ha cambiado. Se ha cerrado su sesión en todos los demás sitios.
account-password-done-first = Su contraseña está establecida. Se ha cerrado su sesión en todos los demás sitios.
account-password-ends = Una contraseña nueva cierra su sesión en todos los demás sitios, y las aplicaciones tendrán que pedirle acceso de nuevo.
account-password-for = Cuenta
account-password-current = Contraseña actual
account-password-new = Contraseña nueva
account-password-again = Contraseña nueva otra vez
account-password-hint = Al menos { $least } caracteres. Unas pocas palabras sin relación entre sí son una buena contraseña.
account-password-change = Cambiar la contraseña
account-password-add = Establecer una contraseña
account-profile-name = Nombre completo
account-profile-given-name = Nombre
account-profile-family-name = Apellidos
account-profile-nickname = Apodo
account-profile-language = Idioma de las páginas y los correos
account-profile-language-browser = Según mi navegador
account-sessions-lead = Tiene la sesión iniciada en estos navegadores. Cierre las que no reconozca y después cambie su contraseña.
account-sessions-this = Este dispositivo
account-sessions-apps = Aplicaciones:
account-sessions-end = Cerrar sesión
account-sessions-end-others = Cerrar sesión en todos los demás
account-sessions-ended = Esa sesión se ha cerrado.
account-sessions-ended-others = Se ha cerrado su sesión en todos los demás sitios.
account-sessions-unknown = Un navegador que no dice su nombre
account-applications-none = Ninguna aplicación tiene acceso a su cuenta.
account-applications-lead = Usted permite que estas aplicaciones usen su cuenta.
account-applications-self = Se registró sola
account-applications-disabled = Desactivada
account-applications-only-account = Saber que tiene una cuenta aquí
account-applications-permission = Usar el permiso
account-applications-at = En:
account-applications-revoke = Quitar el acceso
account-applications-revoked = La aplicación ya no tiene acceso.
account-activity-lead = Lo que se hizo con su cuenta, lo más reciente primero. Cambie su contraseña si no reconoce algo.
account-activity-none = Nada todavía.
account-activity-older = Más antiguo
account-activity-signed-in = Inicio de sesión
account-activity-signed-out = Cierre de sesión
account-activity-consent-granted = Acceso permitido
account-activity-consent-revoked = Acceso retirado
account-activity-password-changed = Contraseña cambiada
account-activity-user-changed = Perfil cambiado
account-activity-user-added = Cuenta creada
account-activity-factor-added = Forma de acceso añadida
account-activity-factor-removed = Forma de acceso quitada
account-activity-upstream-linked = Otra cuenta vinculada
account-activity-upstream-unlinked = Otra cuenta desvinculada
account-activity-client-registered = Aplicación registrada
account-activity-email-changed = Nueva dirección de correo confirmada
account-activity-account-link-issued = Enlace solicitado
account-activity-sign-in-blocked = Demasiados intentos: hubo que esperar para iniciar sesión
account-activity-recovery-codes-made = Nuevos códigos de recuperación creados
account-activity-recovery-code-used = Inicio de sesión con un código de recuperación
account-activity-by-operator = por la administración
account-activity-sessions-ended = Sesiones cerradas
account-activity-account-changed = Cuenta modificada
account-activity-reset-link-made = Enlace a una contraseña nueva creado
account-activity-sign-in-unblocked = Inicio de sesión permitido de nuevo sin esperar
account-activity-user-disabled = Cuenta desactivada
account-activity-user-enabled = Cuenta activada de nuevo
account-activity-group-member-added = Incorporación a un grupo
account-activity-group-member-removed = Salida de un grupo
account-activity-other = Otra cosa: { $kind }
account-providers-lead = Puede iniciar sesión aquí con cuentas que tenga en otros sitios.
account-providers-none = No ha vinculado ninguna cuenta.
account-providers-link = Vincular una cuenta de { $it }
account-providers-unlink = Desvincular
account-providers-linked = La cuenta está vinculada. Desde ahora puede iniciar sesión con ella.
account-providers-unlinked = La cuenta ya no está vinculada.
account-only-way-in = Es su única forma de iniciar sesión. Establezca primero una contraseña o añada una llave de acceso.
account-refused-password = Esa no es su contraseña actual.
account-refused-locked = Demasiadas contraseñas incorrectas seguidas. Haga que restablezcan su contraseña.
account-refused-busy = Demasiadas personas inician sesión a la vez. Espere un momento y vuelva a intentarlo.
account-refused-unequal = Las dos contraseñas nuevas no son iguales.
account-refused-text = Un valor tiene más de 128 caracteres o contiene caracteres de control.
account-refused-gone = Ya no existe.
account-refused-too-many =
    { $count ->
        [one] Demasiados intentos. Espere un segundo y vuelva a intentarlo.
       *[other] Demasiados intentos. Espere { $count } segundos y vuelva a intentarlo.
    }
account-overview-passkeys =
    { $count ->
        [one] Una llave de acceso
       *[other] { $count } llaves de acceso
    }
account-overview-sessions =
    { $count ->
        [one] Sesión iniciada en un navegador
       *[other] Sesión iniciada en { $count } navegadores
    }
account-overview-applications =
    { $count ->
        [one] Una aplicación tiene acceso
       *[other] { $count } aplicaciones tienen acceso
    }
